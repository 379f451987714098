/* FNV-1a: the values that its authors publish. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"

/* draft-eastlake-fnv, appendix with test vectors */
static const struct {
	const char *text;
	uint64_t hash;
} published[] = {
	{ "", UINT64_C(0xcbf29ce484222325) },
	{ "a", UINT64_C(0xaf63dc4c8601ec8c) },
	{ "foobar", UINT64_C(0x85944171f73967e8) },
};

static void published_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(published); i++) {
		const char *text = published[i].text;

		assert_true(fnv1a_put(FNV1A_START, text, strlen(text)) ==
			    published[i].hash);
	}
}

static void bytes_in_pieces(void **state)
{
	uint64_t hash = FNV1A_START;

	(void)state;
	hash = fnv1a_put(hash, "foo", 3);
	hash = fnv1a_add(hash, 'b');
	hash = fnv1a_put(hash, "ar", 2);
	assert_true(hash == published[2].hash);
	/* a byte is never negative, and a NUL is one, too */
	assert_true(fnv1a_put(FNV1A_START, "\xff", 1) ==
		    fnv1a_add(FNV1A_START, 0xff));
	assert_true(fnv1a_put(FNV1A_START, "", 1) == fnv1a_add(FNV1A_START, 0));
}

static void both_halves_count(void **state)
{
	(void)state;
	assert_true(fnv1a_fold(published[2].hash) ==
		    (UINT32_C(0x85944171) ^ UINT32_C(0xf73967e8)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_values),
		cmocka_unit_test(bytes_in_pieces),
		cmocka_unit_test(both_halves_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
