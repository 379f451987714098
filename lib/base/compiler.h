/* The compiler's attributes, under names that say what they are for. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

/* The function formats like printf: format is parameter f, arguments from a. */
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
/* Ignoring the result is a defect. */
#define MUST_USE __attribute__((warn_unused_result))
/* fn(&variable) runs when the variable goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))
/* Never returns. */
#define NORETURN __attribute__((noreturn))

/* Number of elements of an array (not of a pointer). */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
