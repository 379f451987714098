/*
 * FNV-1a, 64 bits: for tables in memory, never for what leaves the process.
 *
 * Fowler, Noll and Vo; "The FNV Non-Cryptographic Hash Algorithm",
 * draft-eastlake-fnv.  Fast on short keys and no secret in it: who chooses the
 * keys can make them collide.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The hash of nothing. */
#define FNV1A_START UINT64_C(0xcbf29ce484222325)

/* The hash with one unit more: a byte as FNV has it, or a character. */
static inline uint64_t fnv1a_add(uint64_t hash, uint32_t unit)
{
	return (hash ^ unit) * UINT64_C(0x100000001b3);
}

/* The hash with bytes more. */
static inline uint64_t fnv1a_put(uint64_t hash, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = fnv1a_add(hash, (unsigned char)data[i]);
	return hash;
}

/*
 * 32 bits that all 64 have a part in, as FNV's authors fold them: the low ones
 * alone know nothing of the high ones.
 */
static inline uint32_t fnv1a_fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

#endif
