/* error: the table of codes, the first wins, cuts, and which status is worse.
 */
#include "base/error.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_table(void **state)
{
	(void)state;
	for (int code = 0; code < ERR_COUNT; code++) {
		const char *name = error_name((enum error_code)code);
		const char *phrase = error_phrase((enum error_code)code);
		int status = error_status((enum error_code)code);

		assert_true(name && *name && phrase && *phrase);
		for (const char *s = name; *s; s++)
			assert_true(isupper((unsigned char)*s) || *s == '_');
		/* fits after a colon */
		assert_false(isupper((unsigned char)*phrase) ||
			     phrase[strlen(phrase) - 1] == '.');
		/* a status that status_worse() knows: never taken for 0 */
		assert_int_equal(status_worse(EXIT_OK, status), status);
	}
}

static void test_codes(void **state)
{
	(void)state;
	assert_string_equal(error_name(ERR_INVALID_JSON), "INVALID_JSON");
	assert_string_equal(error_name(ERR_UPSTREAM_RATE_LIMIT),
			    "UPSTREAM_RATE_LIMIT");
	assert_int_equal(error_status(ERR_NONE), 0);
	assert_int_equal(error_status(ERR_INVALID_REQUEST), 3);
	assert_int_equal(error_status(ERR_TOO_SHORT), 0);
	assert_int_equal(error_status(ERR_UPSTREAM_AUTH), 4);
	assert_int_equal(error_status(ERR_BUDGET_REACHED), 5);
	assert_int_equal(error_status(ERR_OUTPUT), 6);
	assert_int_equal(error_status(ERR_NO_INPUT), 7);
	assert_int_equal(error_status(ERR_INTERNAL), 70);
	assert_int_equal(error_status(ERR_TEMPORARY), 75);
	assert_int_equal(error_status(ERR_USAGE), 2);
}

static void test_set(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_false(error_is(&err));
	assert_false(error_is(NULL));
	assert_int_equal(error_set(NULL, ERR_INPUT, NULL, "lost"), -1);
	assert_int_equal(
		error_set(&err, ERR_INPUT, "file:3", "%d of %s", 4, "them"),
		-1);
	assert_true(error_is(&err));
	assert_int_equal(error_set(&err, ERR_OUTPUT, NULL, "later"), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_string_equal(err.where, "file:3");
	assert_string_equal(err.text, "4 of them");
	err = (struct error)ERROR_INIT;
	error_set(&err, ERR_INPUT, NULL, "nowhere");
	assert_string_equal(err.where, "");
}

/* Whatever the character and wherever the cut, what is left is whole. */
static void test_cut(void **state)
{
	static const char *const characters[] = { "x", "\xc3\xa9",
						  "\xe2\x82\xac",
						  "\xf0\x9f\x98\x80" };

	(void)state;
	for (size_t i = 0; i < LENGTH(characters); i++) {
		size_t size = strlen(characters[i]);

		for (size_t shift = 0; shift < 4; shift++) {
			struct error err = ERROR_INIT;
			char text[1024] = "";
			size_t kept, len = shift;

			memset(text, '.', shift);
			while (len + size < sizeof(text)) {
				memcpy(text + len, characters[i], size);
				len += size;
			}
			text[len] = '\0';
			error_set(&err, ERR_INPUT, text, "%s", text);
			kept = strlen(err.text);
			assert_memory_equal(err.text, text, kept);
			assert_int_equal((kept - shift) % size, 0);
			assert_true(kept + size + 1 > sizeof(err.text) - size);
			kept = strlen(err.where);
			assert_memory_equal(err.where, text, kept);
			assert_int_equal((kept - shift) % size, 0);
		}
	}
}

static void test_fits_exactly(void **state)
{
	struct error err = ERROR_INIT;
	char text[sizeof(err.text) - 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0'; /* one byte less than there is room */
	error_set(&err, ERR_INPUT, NULL, "%s", text);
	assert_string_equal(err.text, text);
}

static void test_worse(void **state)
{
	/* each is worse than all after it */
	static const int order[] = { 130, 2, 70, 6, 4, 75, 5, 3, 7, 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(order); i++) {
		for (size_t k = i; k < LENGTH(order); k++) {
			assert_int_equal(status_worse(order[i], order[k]),
					 order[i]);
			assert_int_equal(status_worse(order[k], order[i]),
					 order[i]);
		}
	}
	assert_int_equal(status_worse(141, 70), 141);
	assert_int_equal(status_worse(70, 143), 143);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_fits_exactly),
		cmocka_unit_test(test_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
