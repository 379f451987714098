/* What every part of the fake needs: dying, growing text, hashes, files. */
#ifndef FAKE_BASICS_H
#define FAKE_BASICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_PRINTF(at) __attribute__((format(printf, at, (at) + 1)))
#define FAKE_NORETURN   __attribute__((noreturn))

/* Exit statuses of the program. */
enum { EXIT_BROKEN = 1, EXIT_USAGE = 2 };

/* No text of the fake (a body, a reply, a file) grows past this many bytes. */
#define TEXT_MAX (256UL << 20)

/*
 * Bytes that grow. `data` is NUL-terminated once anything was added, the NUL
 * is not part of `length`; zeroes are an empty text.
 */
struct text {
	char *data;
	size_t length;
	size_t room;
};

/* Prints `callqa-fake: MESSAGE` on stderr and ends the process with status. */
void die(int status, const char *format, ...) FAKE_PRINTF(2) FAKE_NORETURN;

/* malloc that dies instead of failing; the caller frees. */
void *need(size_t size);

/* A NUL-terminated copy of <bytes, length>; the caller frees. */
char *copy_bytes(const char *bytes, size_t length);

/* Appends <bytes, length>; dies past TEXT_MAX. */
void text_add(struct text *text, const char *bytes, size_t length);

/* Appends formatted text. */
void text_addf(struct text *text, const char *format, ...) FAKE_PRINTF(2);

/* Appends `count` times the byte. */
void text_fill(struct text *text, char byte, size_t count);

/* Frees the bytes and makes the text empty again. */
void text_release(struct text *text);

/* Reads a whole file into an empty text; dies with EXIT_USAGE if it cannot. */
void text_load(struct text *text, const char *file);

/* Start value of hash_bytes() where there is no earlier hash to go on from. */
#define HASH_START UINT64_C(0xcbf29ce484222325)

/* FNV-1a over <bytes, length>, continuing from an earlier hash. */
uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length);

/* hash_bytes() of a string with its NUL, so that "ab","c" is not "a","bc". */
uint64_t hash_string(uint64_t hash, const char *string);

/* Spreads a hash or a counter over all 64 bits (the splitmix64 finaliser). */
uint64_t hash_mix(uint64_t hash);

/* First place of <part, part_length> in <text, length>, or NULL. */
const char *find_bytes(const char *text, size_t length, const char *part,
		       size_t part_length);

/* Monotonic seconds since some fixed moment. */
double now_seconds(void);

#endif
