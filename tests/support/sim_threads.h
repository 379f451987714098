/* For a .c file included after this, the workers of sim.h are the threads. */
#ifndef SUPPORT_SIM_THREADS_H
#define SUPPORT_SIM_THREADS_H

#include <pthread.h>

#include "support/sim.h"

#define pthread_mutex_lock     sim_mutex_lock
#define pthread_cond_wait      sim_cond_wait
#define pthread_cond_broadcast sim_cond_broadcast

#endif
