/* SHA-256 and random identifiers; libcrypto does the work. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#include "base/compiler.h"

/* 64 lower-case hexadecimal digits and a NUL. */
#define SHA256_HEX_SIZE 65

/* A hash being fed; `ctx` is libcrypto's. */
struct sha256 {
	void *ctx;
};

/* Starts a hash; ended by sha256_end_hex() or sha256_release(). */
void sha256_init(struct sha256 *h);

/* Starts `copy` with everything that `h` was fed; h goes on. */
void sha256_copy(struct sha256 *copy, const struct sha256 *h);

/* Feeds bytes. */
void sha256_put(struct sha256 *h, const char *data, size_t len);

/* Feeds the length as 8 bytes, then the bytes: parts cannot run together. */
void sha256_put_part(struct sha256 *h, const char *data, size_t len);

/* Writes the digest as hexadecimal digits and releases the hash. */
void sha256_end_hex(struct sha256 *h, char hex[SHA256_HEX_SIZE]);

/* Frees a hash that is not wanted any more. */
void sha256_release(struct sha256 *h);

/* The digest of one run of bytes. */
void sha256_hex(const char *data, size_t len, char hex[SHA256_HEX_SIZE]);

/* Writes 2 * bytes random hexadecimal digits and a NUL; bytes <= 64. */
void random_hex(size_t bytes, char *hex);

#endif
