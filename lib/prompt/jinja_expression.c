/* The part of jinja2 that prompts need: what stands inside its tags. */
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/xalloc.h"
#include "prompt/jinja.h"

enum { NUMBER_DIGITS = 15 };

static const char *token_text(const struct jinja *j)
{
	return j->c.t->source + j->token.offset;
}

static int fault_here(const struct jinja *j, const char *text)
{
	return compile_fault(&j->c, j->token.offset, "%s", text);
}

/* ---- texts and numbers ------------------------------------------------ */

/* Appends the character that `\x` stands for; false: none that we know. */
static bool put_escaped(struct buf *b, char letter)
{
	static const char letters[] = "nt\\'\"", meant[] = "\n\t\\'\"";
	const char *found = letter ? strchr(letters, letter) : NULL;

	if (found)
		buf_putc(b, meant[found - letters]);
	return found != NULL;
}

/* The text that the token stands for; new, its length in *len. */
static int read_text(struct jinja *j, char **text, size_t *len)
{
	const char *s = token_text(j) + 1, *end = s + j->token.len - 2;
	struct buf b;

	buf_init(&b, LIMIT_PROMPT_BYTES);
	buf_reserve(&b, j->token.len);
	for (; s < end; s++) {
		if (*s != '\\' && *s != '\r')
			buf_putc(&b, *s);
		if (*s != '\\' || put_escaped(&b, *++s))
			continue;
		buf_release(&b);
		return fault_here(j, "of escapes only \\n, \\t, \\\\, \\' and "
				     "\\\" can be used");
	}
	*len = b.len;
	*text = buf_take(&b);
	return jinja_advance(j);
}

static int read_number(struct jinja *j, int64_t *number)
{
	const char *digits = token_text(j);
	size_t len = j->token.len;

	if (len > NUMBER_DIGITS || strspn(digits, "0123456789") != len ||
	    (*digits == '0' && len > 1) || digits[len] == '.')
		return fault_here(j, "of numbers only whole decimal ones can "
				     "be used");
	*number = strtoll(digits, NULL, 10);
	return jinja_advance(j);
}

/* ---- names and members ------------------------------------------------ */

/* The field of that name among those of an object; NULL with the error. */
static const struct field *find_member(const struct jinja *j,
				       const struct field *of, const char *name)
{
	const char *known[SCHEMA_FIELDS + 1] = { 0 };
	char hint[NEAREST_HINT_SIZE];
	size_t n = 0;

	if (!of || of->type != T_OBJECT || !of->model || !of->model->fields) {
		fault_here(j, "this value has no members");
		return NULL;
	}
	for (const struct field *f = of->model->fields; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
		known[n++] = f->name;
	}
	nearest_hint(name, known, hint);
	compile_fault(&j->c, j->token.offset, "no member \"%.100s\" here%s",
		      name, hint);
	return NULL;
}

/* Reads `.member`; *of becomes what it is, and *path longer. */
static int read_member(struct jinja *j, const struct field **of,
		       struct buf *path)
{
	char *name;

	if (jinja_advance(j) < 0)
		return -1;
	name = xstrndup(token_text(j), j->token.len);
	*of = find_member(j, *of, name);
	buf_put(path, name, strlen(name) + 1);
	free(name);
	return *of ? jinja_advance(j) : -1;
}

static int read_members(struct jinja *j, struct access *a,
			const struct field *of)
{
	struct buf path;
	int rc = 0;

	buf_init(&path, LIMIT_PROMPT_BYTES);
	while (rc == 0 && jinja_is(j, "."))
		rc = read_member(j, &of, &path);
	buf_putc(&path, '\0');
	a->path = buf_take(&path);
	return rc;
}

/* Reads a name and its members. */
static int read_access(struct jinja *j, struct access *a)
{
	static const struct field text = { .type = T_STRING };
	const struct field *const *json = j->c.names->json;
	size_t name = j->token.offset;

	*a = (struct access){ 0 };
	if (j->token.kind != TOKEN_NAME)
		return fault_here(j, "a variable's name must stand here");
	if (compile_find(&j->c, name, name, j->token.len, &a->name) < 0 ||
	    jinja_advance(j) < 0)
		return -1;
	a->json = json && json[a->name];
	if (!jinja_is(j, "."))
		return 0;
	return read_members(j, a, a->json ? json[a->name] : &text);
}

/* ---- output ---------------------------------------------------------- */

/* Takes a mark or a name that must stand here. */
static int expect(struct jinja *j, const char *text)
{
	if (!jinja_is(j, text))
		return compile_fault(&j->c, j->token.offset,
				     "\"%s\" must stand here", text);
	return jinja_advance(j);
}

/* `, true` or `, boolean=true` behind the default's text. */
static int read_when_false(struct jinja *j, struct access *a)
{
	if (jinja_advance(j) < 0)
		return -1;
	if (jinja_is(j, "boolean") &&
	    (jinja_advance(j) < 0 || expect(j, "=") < 0))
		return -1;
	a->when_false = jinja_is(j, "true") || jinja_is(j, "True");
	if (!a->when_false && !jinja_is(j, "false") && !jinja_is(j, "False"))
		return fault_here(j, "\"true\" or \"false\" must stand here");
	return jinja_advance(j);
}

/* `default("text")` behind `|`. */
static int read_default(struct jinja *j, struct access *a)
{
	if (!jinja_is(j, "default") && !jinja_is(j, "d"))
		return fault_here(j, "of filters only default can be used");
	if (jinja_advance(j) < 0)
		return -1;
	if (!jinja_is(j, "(")) {
		a->fallback = xstrdup("");
		return 0;
	}
	if (jinja_advance(j) < 0)
		return -1;
	if (j->token.kind != TOKEN_TEXT)
		return fault_here(j, "default takes a text in quotes");
	if (read_text(j, &a->fallback, &a->fallback_len) < 0)
		return -1;
	if (jinja_is(j, ",") && read_when_false(j, a) < 0)
		return -1;
	return expect(j, ")");
}

/* `{{ "text" }}`: as it stands between its quotes. */
static int put_quoted(struct jinja *j)
{
	struct token token = j->token;
	const char *s = token_text(j);

	if (memchr(s, '\\', token.len) || memchr(s, '\r', token.len))
		return fault_here(j, "a text to write has no \\ and no CR");
	segment_add(j->c.t, token.offset + 1, token.len - 2, SEGMENT_LITERAL);
	return jinja_advance(j);
}

static int read_value(struct jinja *j, struct access *a)
{
	if (read_access(j, a) < 0)
		return -1;
	if (!jinja_is(j, "|"))
		return 0;
	return jinja_advance(j) < 0 ? -1 : read_default(j, a);
}

int jinja_output(struct jinja *j)
{
	struct template *t = j->c.t;
	struct access access;
	size_t end;

	if (j->token.kind == TOKEN_TEXT)
		return put_quoted(j);
	if (read_value(j, &access) < 0) {
		access_release(&access);
		return -1;
	}
	/* with its closer; if that is none, read_tag() says so */
	end = j->token.offset;
	end += compile_byte(&j->c, end) == '-' ? 3 : 2;
	compile_value(&j->c, j->begin, end, access.name);
	if (!access.path && !access.fallback)
		return 0;
	access_add_take(t, &access);
	t->segments[t->count - 1].more = t->access_count;
	return 0;
}

/* ---- conditions ------------------------------------------------------- */

/* `== 5`, `!= "text"` behind a value. */
static int read_comparison(struct jinja *j, struct atom *atom)
{
	if (!jinja_is(j, "==") && !jinja_is(j, "!="))
		return 0;
	atom->comparison = jinja_is(j, "==") ? IS_EQUAL : IS_UNEQUAL;
	if (jinja_advance(j) < 0)
		return -1;
	if (j->token.kind == TOKEN_TEXT)
		return read_text(j, &atom->text, &atom->text_len);
	if (j->token.kind == TOKEN_NUMBER)
		return read_number(j, &atom->number);
	return fault_here(j, "a text in quotes or a number must stand here");
}

/* `not`s, a value, what it is compared with. */
static int read_atom(struct jinja *j, struct atom *atom)
{
	size_t begin;

	while (jinja_is(j, "not")) {
		atom->negated = !atom->negated;
		if (jinja_advance(j) < 0)
			return -1;
	}
	begin = j->token.offset;
	if (read_access(j, &atom->access) < 0 || read_comparison(j, atom) < 0)
		return -1;
	mention_add(j->c.t,
		    &(struct mention){ .name = atom->access.name,
				       .offset = begin,
				       .conditional = j->c.conditional });
	atom->ends_group = !jinja_is(j, "and");
	atom->ends_all = atom->ends_group && !jinja_is(j, "or");
	return 0;
}

int jinja_condition(struct jinja *j, size_t *first)
{
	struct atom atom;

	*first = j->c.t->atom_count;
	do {
		atom = (struct atom){ 0 };
		if (jinja_advance(j) < 0)
			return -1;
		if (read_atom(j, &atom) < 0) {
			atom_release(&atom);
			return -1;
		}
		atom_add_take(j->c.t, &atom);
	} while (!atom.ends_all);
	return 0;
}
