/* Addresses: of mail, written or spoken, and of machines. */
#include <arpa/inet.h>
#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "transcript/redact_parts.h"

/* RFC 5321, 4.5.3.1; the longest text of an IPv6 address */
enum { LOCAL_BYTES = 64, DOMAIN_BYTES = 255, IP_BYTES = 45 };
/* words that a spoken address may have; from "e-mail" to the address */
enum { SPOKEN_WORDS = 16, MAIL_REACH = 25 };

static void note(struct redactor *r, enum redact_class class, size_t begin,
		 size_t end)
{
	char key[LOCAL_BYTES + 1 + DOMAIN_BYTES];
	size_t n = 0;

	for (size_t i = begin; i < end && n < sizeof(key); i++)
		key[n++] = to_lower(r->text.data[i]);
	redactor_hit(r, class, begin, end, key, n);
}

/* ---- written mail addresses ------------------------------------------ */

/* The end of a domain with at least one dot; `at` if there is none. */
static size_t domain_end(struct text t, size_t at)
{
	size_t end = at, top = at, dots = 0, i = at;

	for (; i < at + DOMAIN_BYTES; i++) {
		char c = text_at(t, i);

		if (c == '.' && i > top && is_alnum(text_at(t, i + 1))) {
			dots++;
			top = i + 1;
		} else if (!is_alnum(c) && !(c == '-' && i > top &&
					     is_alnum(text_at(t, i + 1)))) {
			break;
		}
		end = i + 1;
	}
	return dots > 0 && end - top >= 2 && is_letter(text_at(t, top)) ? end
									: at;
}

static void find_written(struct redactor *r)
{
	struct text t = r->text;
	size_t done = 0;
	const char *sign;

	for (size_t from = 0;
	     from < t.len && (sign = memchr(t.data + from, '@', t.len - from));
	     from = (size_t)(sign - t.data) + 1) {
		size_t at = (size_t)(sign - t.data), begin = at, end;

		while (begin > done && at - begin < LOCAL_BYTES &&
		       (is_alnum(t.data[begin - 1]) ||
			is_among(t.data[begin - 1], "._%+'-")))
			begin--;
		while (begin < at && !is_alnum(t.data[begin]))
			begin++;
		end = domain_end(t, at + 1);
		if (begin == at || end == at + 1)
			continue;
		note(r, REDACT_EMAIL, begin, end);
		done = end;
	}
}

/* ---- spoken mail addresses ------------------------------------------- */

/* A word of the text; `dotted`: a dot and nothing else stands before it. */
struct heard {
	size_t begin, end;
	bool dotted, near; /* near: a dot or blanks before it */
};

/* The last words heard, the newest last. */
struct memory {
	struct heard words[SPOKEN_WORDS];
	size_t count;
	size_t since_mail; /* words since "e-mail" */
};

static bool is_one_of(struct text t, const struct heard *w,
		      const char *const *list)
{
	size_t len = w->end - w->begin;

	for (; *list; list++) {
		size_t i = 0;

		if (strlen(*list) != len)
			continue;
		while (i < len && (t.data[w->begin + i] | 0x20) == (*list)[i])
			i++;
		if (i == len)
			return true;
	}
	return false;
}

static const char *const tops[] = { "com", "net",  "org", "edu", "gov", "co",
				    "io",  "info", "biz", "us",  "me",  NULL };
static const char *const dots[] = { "dot", "period", NULL };
static const char *const joints[] = { "dot",    "period", "underscore", "dash",
				      "hyphen", "plus",   NULL };
static const char *const ats[] = { "at", NULL };
static const char *const hosts[] = {
	"gmail", "yahoo", "hotmail", "outlook",    "aol",  "icloud", "comcast",
	"msn",   "live",  "verizon", "protonmail", "mail", "email",  NULL
};
static const char *const mails[] = { "email", "mail", "emails", NULL };
/* before "at" these are no name of a mailbox */
static const char *const nobody[] = {
	"is",     "it",    "its",  "it's", "look",  "us",   "me",
	"online", "visit", "find", "my",   "the",   "that", "website",
	"site",   "back",  "you",  "at",   "email", "mail", "address",
	"and",    "to",    "or",   "uh",   "um",    "yes",  "sure",
	"that's", "shop",  "here", "s",    NULL
};

static bool is_digit_word(struct text t, const struct heard *w)
{
	const struct word *word = word_find(t.data + w->begin,
					    w->end - w->begin);

	if (w->end - w->begin == 1)
		return true;
	if (is_digit(t.data[w->begin]))
		return true;
	return word && (word->kind == WORD_DIGIT || word->kind == WORD_OH ||
			word->kind == WORD_TEEN || word->kind == WORD_TENS);
}

/*
 * The first word of the mailbox whose last word is words[i]; *sure: it has
 * more than a word, such as "john dot smith" or "john one two".
 */
static size_t mailbox_from(struct text t, const struct memory *m, size_t i,
			   bool *sure)
{
	for (*sure = false; i > 0 && m->words[i].near; *sure = true) {
		if (i > 1 && (is_one_of(t, &m->words[i - 1], joints) ||
			      m->words[i].dotted))
			i -= m->words[i].dotted ? 1 : 2;
		else if (is_digit_word(t, &m->words[i]) &&
			 !is_one_of(t, &m->words[i - 1], nobody))
			i--;
		else
			break;
	}
	return i;
}

/* The first word of the domain whose last word is the newest. */
static size_t domain_from(struct text t, const struct memory *m)
{
	size_t i = m->count - 1;

	while (i >= 2 && m->words[i].near) {
		if (m->words[i].dotted)
			i--;
		else if (is_one_of(t, &m->words[i - 1], dots))
			i -= 2;
		else
			break;
	}
	return i;
}

/* The newest word is "com": is it the end of an address? */
static void recall(struct redactor *r, struct memory *m)
{
	struct text t = r->text;
	size_t last = m->count - 1, i = domain_from(t, m), first;
	bool sure;

	if (i == last || i < 2 || !m->words[i].near ||
	    !is_one_of(t, &m->words[i - 1], ats) || !m->words[i - 1].near)
		return;
	first = mailbox_from(t, m, i - 2, &sure);
	if (!sure && (is_one_of(t, &m->words[first], nobody) ||
		      (m->since_mail > MAIL_REACH &&
		       !is_one_of(t, &m->words[i], hosts))))
		return;
	note(r, REDACT_EMAIL, m->words[first].begin, m->words[last].end);
	m->count = 0;
}

static void hear(struct memory *m, const struct heard *w)
{
	if (m->count == SPOKEN_WORDS) {
		memmove(m->words, m->words + 1,
			(SPOKEN_WORDS - 1) * sizeof(*m->words));
		m->count--;
	}
	m->words[m->count++] = *w;
}

/* Takes the next word from *at on; false at the end. */
static bool next_heard(struct text t, size_t *at, struct heard *w)
{
	size_t blanks = 0, signs = 0, before = *at;
	enum redact_class class;

	while (*at < t.len && !is_alnum(t.data[*at])) {
		size_t n = placeholder_at(t, *at, &class);

		blanks += t.data[*at] == ' ';
		signs += t.data[*at] != ' ';
		*at += n > 0 ? n : 1;
	}
	w->dotted = *at - before == 1 && t.data[before] == '.';
	w->near = w->dotted || (signs == 0 && blanks > 0);
	w->begin = *at;
	while (is_alnum(text_at(t, *at)) ||
	       (text_at(t, *at) == '\'' && is_letter(text_at(t, *at + 1))))
		++*at;
	w->end = *at;
	return w->end > w->begin;
}

static void find_spoken(struct redactor *r)
{
	struct memory m = { .since_mail = MAIL_REACH + 1 };
	struct text t = r->text;
	struct heard w;
	size_t at = 0;

	while (next_heard(t, &at, &w)) {
		hear(&m, &w);
		m.since_mail = is_one_of(t, &w, mails) ? 0 : m.since_mail + 1;
		if (is_one_of(t, &w, tops))
			recall(r, &m);
	}
}

/* ---- addresses of machines ------------------------------------------- */

/* The end of four numbers of at most 255 with dots between; 0: none. */
static size_t quad_end(struct text t, size_t at)
{
	for (int part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t n = 0;

		for (; n < 3 && is_digit(text_at(t, at)); n++, at++)
			value = value * 10 + (unsigned)(t.data[at] - '0');
		if (n == 0 || value > 255 ||
		    (part < 3 && text_at(t, at++) != '.'))
			return 0;
	}
	if (is_alnum(text_at(t, at)) ||
	    (text_at(t, at) == '.' && is_digit(text_at(t, at + 1))))
		return 0;
	return at;
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The end of an IPv6 address that begins at `at`; 0: none. */
static size_t colons_end(struct text t, size_t at, size_t end)
{
	struct in6_addr address;
	char text[IP_BYTES + 1];
	size_t n = end - at, colons = 0;

	while (n > 0 && t.data[at + n - 1] == '.')
		n--;
	for (size_t i = 0; i < n; i++)
		colons += t.data[at + i] == ':';
	if (colons < 2 || n < 3 || n > IP_BYTES || is_letter(text_at(t, end)))
		return 0;
	memcpy(text, t.data + at, n);
	text[n] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1 ? at + n : 0;
}

static void find_machines(struct redactor *r)
{
	struct text t = r->text;

	for (size_t at = 0; at < t.len;) {
		size_t run = at, end;

		if (!is_alnum(t.data[at]) && t.data[at] != ':') {
			at++;
			continue;
		}
		end = quad_end(t, at);
		while (run < t.len &&
		       (is_hex(t.data[run]) || t.data[run] == ':' ||
			t.data[run] == '.'))
			run++;
		if (end == 0)
			end = colons_end(t, at, run);
		if (end > 0)
			note(r, REDACT_IP, at, end);
		else
			for (end = run; is_alnum(text_at(t, end)); end++)
				;
		at = end;
	}
}

void redact_find_contacts(struct redactor *r)
{
	if (wants(r, REDACT_EMAIL)) {
		find_written(r);
		find_spoken(r);
	}
	if (wants(r, REDACT_IP))
		find_machines(r);
}
