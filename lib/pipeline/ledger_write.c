/* The report's member `evidence`. */
#include "data/json.h"
#include "pipeline/ledger.h"

static void put_label(struct buf *b, const char *name, struct text label)
{
	buf_printf(b, ",\"%s\":", name);
	if (label.len > 0)
		buf_json_string(b, label.data, label.len);
	else
		buf_puts(b, "null");
}

/* Where it was found, or nulls. */
static void put_place(struct buf *b, const struct ledger *ledger,
		      const struct evidence *e)
{
	const struct turns *turns = ledger->turns;
	struct text label = { NULL, 0 };
	enum role role = ROLE_UNKNOWN;
	size_t from, to;

	if (e->turn == TURN_NONE) {
		buf_puts(b, ",\"distance\":null,\"turn\":null,\"span\":null,"
			    "\"speaker\":null,\"role\":null");
		return;
	}
	if (e->speaker != SPEAKER_NONE) {
		label = turns->speakers[e->speaker].label;
		role = turns->speakers[e->speaker].role;
	}
	redact_map_to_original(ledger->map, e->span.begin, e->span.end, &from,
			       &to);
	buf_printf(b, ",\"distance\":%zu,\"turn\":%zu,\"span\":[%zu,%zu]",
		   e->distance, e->turn + 1, from, to);
	put_label(b, "speaker", label);
	buf_printf(b, ",\"role\":\"%s\"", role_name(role));
}

static void put_entry(struct buf *b, const struct ledger *ledger,
		      const struct ledger_entry *e)
{
	static const char *const answers[] = { "null", "false", "true" };

	buf_printf(b, "{\"path\":\"%s\",\"quote\":", e->path);
	buf_json_string(b, e->quote.words.data, e->quote.words.len);
	put_label(b, "claimed", e->quote.label);
	buf_printf(b, ",\"class\":\"%s\"",
		   evidence_class_name(e->evidence.class));
	put_place(b, ledger, &e->evidence);
	buf_printf(b, ",\"speaker_fits\":%s}", answers[e->fits + 1]);
}

void ledger_write(const struct ledger *ledger, struct buf *out)
{
	for (int c = 0; c < EVIDENCE_CLASSES; c++)
		buf_printf(out, "%s\"%s\":%zu", c ? "," : "{\"counts\":{",
			   evidence_class_name((enum evidence_class)c),
			   ledger->classes[c]);
	buf_printf(out, "},\"wrong_speaker\":%zu,\"omitted\":%zu",
		   ledger->wrong_speaker, ledger->omitted);
	buf_puts(out, ",\"unsupported\":");
	json_write(out, ledger->unsupported, JSON_STYLE_LINE);
	buf_puts(out, ",\"quotes\":[");
	for (size_t i = 0; i < ledger->count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_entry(out, ledger, &ledger->entries[i]);
	}
	buf_puts(out, "]}");
}
