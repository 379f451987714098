/* SHA-256 and random identifiers; libcrypto does the work. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/xalloc.h"

enum { DIGEST_BYTES = 32, RANDOM_MAX = 64 };

/* libcrypto fails here only for lack of memory or a broken install. */
static void must(int ok)
{
	if (ok != 1)
		oom();
}

static void put_hex(const unsigned char *bytes, size_t n, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * n] = '\0';
}

void sha256_init(struct sha256 *h)
{
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx)
		oom();
	must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
}

void sha256_copy(struct sha256 *copy, const struct sha256 *h)
{
	copy->ctx = EVP_MD_CTX_new();
	if (!copy->ctx)
		oom();
	must(EVP_MD_CTX_copy_ex(copy->ctx, h->ctx));
}

void sha256_put(struct sha256 *h, const char *data, size_t len)
{
	must(EVP_DigestUpdate(h->ctx, data, len));
}

void sha256_put_part(struct sha256 *h, const char *data, size_t len)
{
	unsigned char size[8];
	uint64_t n = len;

	for (int i = 7; i >= 0; i--, n >>= 8)
		size[i] = n & 0xff;
	must(EVP_DigestUpdate(h->ctx, size, sizeof(size)));
	sha256_put(h, data, len);
}

void sha256_end_hex(struct sha256 *h, char hex[SHA256_HEX_SIZE])
{
	unsigned char bytes[DIGEST_BYTES];

	must(EVP_DigestFinal_ex(h->ctx, bytes, NULL));
	put_hex(bytes, sizeof(bytes), hex);
	sha256_release(h);
}

void sha256_release(struct sha256 *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
}

void sha256_hex(const char *data, size_t len, char hex[SHA256_HEX_SIZE])
{
	struct sha256 h;

	sha256_init(&h);
	sha256_put(&h, data, len);
	sha256_end_hex(&h, hex);
}

void random_hex(size_t bytes, char *hex)
{
	unsigned char raw[RANDOM_MAX];

	if (bytes > sizeof(raw))
		abort();
	must(RAND_bytes(raw, (int)bytes));
	put_hex(raw, bytes, hex);
}
