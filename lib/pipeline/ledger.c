/* The ledger of evidence: every quote of a call's answers, looked up. */
#include "pipeline/ledger.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "data/schema.h"
#include "pipeline/stage.h"

/* A walk over one stage's answer, along its table. */
struct walk {
	struct ledger *ledger;
	const json_t *answer;
	struct buf path;
	/* {name: FOUND | ABSENT} of its items; some names come twice */
	json_t *names;
};

/* What became of quotes that are long enough to tell. */
enum { FOUND = 1, ABSENT = 2 };

/* What a person reads as one: an item, a skill, a finding, a red flag. */
struct row {
	const char *name; /* of the item; NULL: it has none */
	size_t first;     /* its first entry */
	size_t path;      /* bytes of the path that name it */
};

static void walk_field(struct walk *w, const struct field *field,
		       const json_t *value, struct row *row);

/* ---- entries --------------------------------------------------------- */

static void add_entry(struct walk *w, const struct quote *quote)
{
	struct ledger *l = w->ledger;
	struct ledger_entry *e;

	l->entries = xroom(l->entries, l->count, &l->room, sizeof(*e));
	e = &l->entries[l->count++];
	*e = (struct ledger_entry){
		.path = xstrndup(w->path.data, w->path.len),
		.quote = *quote,
		.claim = { SPEAKER_NONE, ROLE_AGENT },
	};
	if (quote->label.len > 0)
		e->claim = quotes_claim(&e->quote, l->turns);
	evidence_find(l->index, quote->words, &e->claim, &e->evidence);
	e->fits = evidence_fits(l->index, &e->evidence, &e->claim);
	l->classes[e->evidence.class]++;
}

static void take_string(struct walk *w, const json_t *string, bool whole)
{
	struct text text = { json_string_value(string),
			     json_string_length(string) };
	struct quote quotes[LIMIT_QUOTES];
	size_t count = quotes_find(text, whole, w->ledger->turns, quotes,
				   LIMIT_QUOTES);

	for (size_t i = 0; i < count && i < LIMIT_QUOTES; i++)
		add_entry(w, &quotes[i]);
	if (count > LIMIT_QUOTES)
		w->ledger->omitted += count - LIMIT_QUOTES;
}

/* ---- rows ------------------------------------------------------------ */

static struct row begin_row(const struct walk *w)
{
	return (struct row){ NULL, w->ledger->count, w->path.len };
}

/* FOUND and ABSENT, of the quotes since `first`. */
static int outcomes(const struct ledger *l, size_t first)
{
	int found = 0;

	for (size_t i = first; i < l->count; i++) {
		enum evidence_class class = l->entries[i].evidence.class;

		if (class < EVIDENCE_ABSENT)
			found |= FOUND;
		else if (class == EVIDENCE_ABSENT)
			found |= ABSENT;
	}
	return found;
}

static void note_name(struct walk *w, const char *name, int outcome)
{
	const json_t *before = json_object_get(w->names, name);

	json_object_set_new(w->names, name,
			    json_integer(json_integer_value(before) | outcome));
}

/* An item whose name no list counts says that nothing was wrong. */
static bool weighs(const struct walk *w, const struct row *row)
{
	struct score_basis lists = score_basis(w->answer, w->answer);

	return !row->name || score_drop(&lists, w->answer, row->name);
}

static void end_row(struct walk *w, const struct row *row)
{
	struct ledger *l = w->ledger;
	int outcome = outcomes(l, row->first);

	if (row->first == l->count || !weighs(w, row))
		return;
	for (size_t i = row->first; i < l->count; i++)
		l->wrong_speaker += l->entries[i].fits == 0;
	if (row->name)
		note_name(w, row->name, outcome);
	if (outcome == ABSENT)
		json_array_append_new(l->unsupported,
				      json_stringn(w->path.data, row->path));
}

/* Takes the names off their lists of which no quote was found. */
static void drop_names(struct walk *w)
{
	struct score_basis all = score_basis(w->answer, w->answer);
	struct score_basis left = all, *dropped = &w->ledger->dropped;
	const char *name;
	json_t *outcome;

	json_object_foreach (w->names, name, outcome)
		if (json_integer_value(outcome) == ABSENT)
			score_drop(&left, w->answer, name);
	dropped->violations += all.violations - left.violations;
	dropped->coaching_needed += all.coaching_needed - left.coaching_needed;
	dropped->missed += all.missed - left.missed;
	dropped->exceeded += all.exceeded - left.exceeded;
}

/* ---- the walk -------------------------------------------------------- */

static void cut_path(struct walk *w, size_t len)
{
	w->path.len = len;
	w->path.data[len] = '\0';
}

static void walk_object(struct walk *w, const struct model *model,
			const json_t *value, struct row *row)
{
	size_t len = w->path.len;

	for (const struct field *f = model->fields; f->name; f++) {
		const json_t *member = json_object_get(value, f->name);

		if (f->flags & F_ITEM_NAME && row)
			row->name = json_string_value(member);
		buf_printf(&w->path, ".%s", f->name);
		walk_field(w, f, member, row);
		cut_path(w, len);
	}
}

/* One element of a list or map: a row of its own. */
static void walk_element(struct walk *w, const struct field *field,
			 const json_t *value)
{
	struct row row = begin_row(w);

	walk_field(w, field, value, &row);
	end_row(w, &row);
}

static void walk_field(struct walk *w, const struct field *field,
		       const json_t *value, struct row *row)
{
	size_t len = w->path.len, i;
	const char *key;
	json_t *element;

	if (field->type == T_STRING && field->flags & (F_QUOTE | F_QUOTES) &&
	    json_is_string(value)) {
		take_string(w, value, (field->flags & F_QUOTE) != 0);
	} else if (field->type == T_OBJECT) {
		walk_object(w, field->model, value, row);
	} else if (field->type == T_ARRAY) {
		json_array_foreach (value, i, element) {
			buf_printf(&w->path, "[%zu]", i);
			walk_element(w, field->item, element);
			cut_path(w, len);
		}
	} else if (field->type == T_MAP) {
		json_object_foreach ((json_t *)value, key, element) {
			buf_printf(&w->path, ".%s", key);
			walk_element(w, field->item, element);
			cut_path(w, len);
		}
	}
}

void ledger_init(struct ledger *ledger, const struct call *call,
		 const struct turns *turns)
{
	struct walk w = { .ledger = ledger };

	*ledger = (struct ledger){ .turns = turns,
				   .map = &call->redaction.transcript,
				   .index = evidence_index_new(turns),
				   .unsupported = json_array() };
	buf_init(&w.path, LIMIT_CONFIG_BYTES);
	for (int s = 0; s < STAGE_COUNT; s++) {
		w.answer = call_answer(call, s);
		if (!w.answer)
			continue;
		buf_clear(&w.path);
		buf_puts(&w.path, stages[s].name);
		w.names = json_object();
		walk_object(&w, stages[s].prompt.reply, w.answer, NULL);
		drop_names(&w);
		json_decref(w.names);
	}
	buf_release(&w.path);
}

void ledger_release(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->count; i++)
		free(ledger->entries[i].path);
	free(ledger->entries);
	evidence_index_free(ledger->index);
	json_decref(ledger->unsupported);
	*ledger = (struct ledger){ .count = 0 };
}
