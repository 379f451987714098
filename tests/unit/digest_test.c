/* Hashes: known digests, copies, parts; identifiers that differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

static void known_digests(void **state)
{
	/* FIPS 180-4's examples, the empty text, and a million times `a` */
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		      "7852b855" },
		{ "abc",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61"
		  "f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd4"
		  "19db06c1" },
	};
	static const char million[] =
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39cc"
		"c7112cd0";
	char hex[SHA256_HEX_SIZE], many[1000];
	struct sha256 h;

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		sha256_hex(rows[i].text, strlen(rows[i].text), hex);
		assert_string_equal(hex, rows[i].hex);
	}
	memset(many, 'a', sizeof(many));
	sha256_init(&h);
	for (int i = 0; i < 1000; i++)
		sha256_put(&h, many, sizeof(many));
	sha256_end_hex(&h, hex);
	assert_string_equal(hex, million);
	sha256_release(&h); /* after the end: nothing more to free */
}

static void a_copy_goes_its_own_way(void **state)
{
	char hex[SHA256_HEX_SIZE], copied[SHA256_HEX_SIZE];
	struct sha256 h, copy;

	(void)state;
	sha256_init(&h);
	sha256_put(&h, "a", 1);
	sha256_copy(&copy, &h);
	sha256_put(&copy, "bc", 2);
	sha256_put(&h, "x", 1);
	sha256_end_hex(&copy, copied);
	sha256_end_hex(&h, hex);
	assert_memory_equal(copied, "ba7816bf", 8);
	assert_string_not_equal(hex, copied);
	sha256_init(&h);
	sha256_copy(&copy, &h);
	sha256_release(&h);
	sha256_end_hex(&copy, copied);
	assert_memory_equal(copied, "e3b0c442", 8);
}

static void of_parts(const char *a, const char *b, char hex[SHA256_HEX_SIZE])
{
	struct sha256 h;

	sha256_init(&h);
	sha256_put_part(&h, a, strlen(a));
	sha256_put_part(&h, b, strlen(b));
	sha256_end_hex(&h, hex);
}

static void parts_cannot_run_together(void **state)
{
	static const char *const pairs[][2] = {
		{ "ab", "c" }, { "a", "bc" }, { "abc", "" }, { "", "abc" }
	};
	char hex[LENGTH(pairs)][SHA256_HEX_SIZE], again[SHA256_HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		of_parts(pairs[i][0], pairs[i][1], hex[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(hex[i], hex[k]);
	}
	of_parts("ab", "c", again);
	assert_string_equal(again, hex[0]);
	/* the length's eight bytes, then the bytes themselves */
	sha256_hex("\0\0\0\0\0\0\0\2ab\0\0\0\0\0\0\0\1c", 19, again);
	assert_string_equal(again, hex[0]);
}

static void identifiers_differ(void **state)
{
	char ids[64][33], longest[129];

	(void)state;
	for (size_t i = 0; i < LENGTH(ids); i++) {
		random_hex(16, ids[i]);
		assert_int_equal(strspn(ids[i], "0123456789abcdef"), 32);
		assert_int_equal(strlen(ids[i]), 32);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
	random_hex(64, longest);
	assert_int_equal(strlen(longest), 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(a_copy_goes_its_own_way),
		cmocka_unit_test(parts_cannot_run_together),
		cmocka_unit_test(identifiers_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
