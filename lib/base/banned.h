/*
 * Functions that have no place here; included before everything else, so that
 * a use does not compile.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Their headers first: the poison is for our lines only. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* some headers make macros of them */
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#undef gets

/* no size, no state, no shell, no silent zero */
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atof gmtime localtime asctime ctime
#pragma GCC poison system popen

#endif
