/* Lines of output as tests look at them. */
#include "support/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/samples.h"

json_t *record_read(const char *line, size_t len, const struct model *model)
{
	const struct schema_context context = { .exact = true };
	json_t *value = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	json_auto_t *converted = NULL;
	struct faults faults;

	assert_non_null(value);
	assert_null(memchr(line, '\n', len));
	faults_init(&faults);
	converted = schema_convert(model, value, &context, &faults);
	if (!converted) {
		char *text = json_dumps(faults.list, 0);

		fail_msg("%s in %.*s", text, (int)len, line);
	}
	faults_release(&faults);
	return value;
}

const json_t *record_at(const json_t *value, const char *path)
{
	char name[64];

	while (value && *path) {
		size_t n = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		value = json_object_get(value, name);
		path += n;
		path += *path == '.';
	}
	return value;
}

void record_expect(const json_t *value, const char *path, const char *text)
{
	sample_expect(record_at(value, path), text);
}
