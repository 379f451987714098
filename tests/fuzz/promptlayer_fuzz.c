/*
 * Any bytes as PromptLayer's answer: refused in words, or a prompt file that
 * can be used, with the transcript in its fence.
 */
#include <string.h>

#include "base/limits.h"
#include "data/json.h"
#include "fuzz.h"
#include "prompt/prompt_file.h"
#include "prompt/promptlayer.h"

static const struct field member_fields[] = {
	{ .name = "m", .type = T_ANY },
	{ .name = NULL },
};
static const struct model member = { .name = "member",
				     .fields = member_fields };
static const struct field object = { .type = T_OBJECT, .model = &member };
static const struct offer offers[] = {
	{ "transcript", NULL }, { "a", NULL },  { "o", &object },
	{ "marker", NULL },     { NULL, NULL },
};
static const struct prompt_spec spec = { .name = "x",
					 .offered = offers,
					 .transcript_name = "transcript" };

static void check_file(const struct buf *file)
{
	static const struct prompt_rules rules = {
		.name = "x",
		.offered = offers,
		.transcript = "transcript",
		.needs_transcript = true,
	};
	struct error err = ERROR_INIT;
	struct prompt prompt = { 0 };

	if (prompt_read(&prompt, &rules, "x",
			(struct text){ file->data, file->len }, &err) < 0)
		fprintf(stderr, "%s: %s in\n%s\n", err.where, err.text,
			file->data);
	MUST(!error_is(&err));
	prompt_release(&prompt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool set_up;

	if (!set_up)
		json_setup();
	set_up = true;
	for (int model = 0; model < 2; model++) {
		const struct promptlayer_rules rules = { .take_model = model };
		struct error err = ERROR_INIT;
		struct buf file;

		buf_init(&file, LIMIT_PROMPT_BYTES);
		if (promptlayer_convert(
			    &spec, &rules,
			    (struct text){ (const char *)data, size }, &file,
			    &err) < 0)
			MUST(err.code == ERR_PROMPT);
		else
			check_file(&file);
		buf_release(&file);
	}
	return 0;
}
