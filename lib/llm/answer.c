/* From a model's text to an answer that fits, or to what is wrong with it. */
#include "llm/answer.h"

#include <string.h>

#include "base/limits.h"
#include "data/json.h"

static struct text trim(struct text t)
{
	while (t.len > 0 && strchr(" \t\r\n", t.data[0]) && t.data[0]) {
		t.data++;
		t.len--;
	}
	while (t.len > 0 && strchr(" \t\r\n", t.data[t.len - 1]) &&
	       t.data[t.len - 1])
		t.len--;
	return t;
}

/* What stands between "```json\n" and "```"; false if it is not fenced. */
static bool inside_fence(struct text t, struct text *inside)
{
	static const char fence[] = "```";
	const size_t n = sizeof(fence) - 1;
	const char *line;

	if (t.len < 2 * n || memcmp(t.data, fence, n) != 0 ||
	    memcmp(t.data + t.len - n, fence, n) != 0)
		return false;
	line = memchr(t.data, '\n', t.len - n);
	if (!line)
		return false;
	inside->data = line + 1;
	inside->len = t.len - n - (size_t)(line + 1 - t.data);
	*inside = trim(*inside);
	return true;
}

/* Room for the line that says how many are not listed. */
enum { LAST_LINE_BYTES = 40 };

/* Appends the fault's line; false if it does not fit. */
static bool put_fault(struct buf *b, const json_t *fault)
{
	const char *path = json_string_peek(fault, "path");
	const char *got = json_string_peek(fault, "got");
	struct buf line;
	bool fits;

	buf_init(&line, b->limit);
	buf_printf(&line, "- %s: %s", *path ? path : "the answer",
		   json_string_peek(fault, "message"));
	if (got)
		buf_printf(&line, "; found %s", got);
	buf_putc(&line, '\n');
	fits = b->len + line.len + LAST_LINE_BYTES <= b->limit;
	if (fits)
		buf_put(b, line.data, line.len);
	buf_release(&line);
	return fits;
}

static void put_faults(struct buf *b, const struct faults *faults)
{
	size_t i, left_out = faults->omitted;
	json_t *fault;

	json_array_foreach (faults->list, i, fault)
		left_out += !put_fault(b, fault);
	if (left_out > 0)
		buf_printf(b, "- and %zu more\n", left_out);
}

json_t *answer_read(const struct model *model,
		    const struct schema_context *context, struct text content,
		    bool *fence_stripped, struct buf *faults)
{
	struct text text = trim(content), inside;
	struct error error = ERROR_INIT;
	json_auto_t *value = NULL;
	struct faults found;
	json_t *answer;

	*fence_stripped = inside_fence(text, &inside);
	if (*fence_stripped)
		text = inside;
	value = json_read(text.data, text.len, &json_default_limits, &error);
	if (!value) {
		buf_printf(faults, "- the answer is not one JSON object: %s\n",
			   error.text);
		return NULL;
	}
	faults_init(&found);
	answer = schema_convert(model, value, context, &found);
	if (!answer)
		put_faults(faults, &found);
	faults_release(&found);
	return answer;
}
