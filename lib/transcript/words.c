/* The words of a text, folded so that spellings of one word are the same. */
#include "transcript/words.h"

#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "base/hash.h"

/* What a character is to a word. */
enum kind {
	KIND_LETTER,  /* belongs to one */
	KIND_ALONE,   /* is one */
	KIND_NOTHING, /* is as if it were not there */
	KIND_BREAK    /* ends one */
};

struct range {
	uint32_t first, last;
	enum kind kind;
};

/* What is no letter, beyond ASCII, in order (Unicode 15, by blocks). */
static const struct range ranges[] = {
	{ 0x0080, 0x00a9, KIND_BREAK },
	{ 0x00ab, 0x00ac, KIND_BREAK },
	{ 0x00ad, 0x00ad, KIND_NOTHING }, /* soft hyphen */
	{ 0x00ae, 0x00b4, KIND_BREAK },
	{ 0x00b6, 0x00b9, KIND_BREAK },
	{ 0x00bb, 0x00bf, KIND_BREAK },
	{ 0x00d7, 0x00d7, KIND_BREAK },
	{ 0x00f7, 0x00f7, KIND_BREAK },
	{ 0x02bc, 0x02bc, KIND_NOTHING }, /* apostrophe */
	{ 0x060c, 0x060c, KIND_BREAK },
	{ 0x061b, 0x061f, KIND_BREAK },
	{ 0x1680, 0x1680, KIND_BREAK },
	{ 0x2000, 0x200a, KIND_BREAK },
	{ 0x200b, 0x200f, KIND_NOTHING }, /* without width */
	{ 0x2010, 0x2017, KIND_BREAK },
	{ 0x2018, 0x2019, KIND_NOTHING }, /* apostrophes */
	{ 0x201a, 0x2029, KIND_BREAK },
	{ 0x202a, 0x202e, KIND_NOTHING }, /* direction */
	{ 0x202f, 0x205f, KIND_BREAK },
	{ 0x2060, 0x206f, KIND_NOTHING },
	{ 0x20a0, 0x20cf, KIND_BREAK }, /* currencies */
	{ 0x2190, 0x2bff, KIND_BREAK }, /* arrows to symbols */
	{ 0x2e00, 0x2e7f, KIND_BREAK },
	{ 0x3000, 0x3004, KIND_BREAK },
	{ 0x3008, 0x3020, KIND_BREAK },
	{ 0x3030, 0x3030, KIND_BREAK },
	{ 0x3040, 0x30fa, KIND_ALONE }, /* kana */
	{ 0x30fb, 0x30fb, KIND_BREAK },
	{ 0x30fc, 0x30ff, KIND_ALONE },
	{ 0x3400, 0x9fff, KIND_ALONE }, /* ideographs */
	{ 0xd800, 0xf8ff, KIND_BREAK },
	{ 0xf900, 0xfaff, KIND_ALONE },
	{ 0xfe00, 0xfe0f, KIND_NOTHING }, /* variants of emoji */
	{ 0xfe10, 0xfe6f, KIND_BREAK },
	{ 0xfeff, 0xfeff, KIND_NOTHING },
	{ 0xff00, 0xff0f, KIND_BREAK },
	{ 0xff1a, 0xff20, KIND_BREAK },
	{ 0xff3b, 0xff40, KIND_BREAK },
	{ 0xff5b, 0xff65, KIND_BREAK },
	{ 0xfff0, 0xffff, KIND_BREAK },
	{ 0x1f000, 0x1faff, KIND_BREAK }, /* emoji */
	{ 0x20000, 0x3ffff, KIND_ALONE },
	{ 0xe0000, 0x10ffff, KIND_BREAK },
};

/* What transcribers write in brackets for what was no speech. */
static const char *const noises[] = {
	"noise",          "background", "unk",     "music",   "laughs",
	"laughter",       "laughing",   "laugh",   "silence", "inaudible",
	"indiscernible",  "crosstalk",  "beep",    "tone",    "ringing",
	"dial",           "pause",      "unclear", "cough",   "coughs",
	"coughing",       "breath",     "sigh",    "sighs",   "applause",
	"unintelligible",
};
enum { NOISE_BYTES = 32 };

/* ---- characters ------------------------------------------------------ */

/* The character at s; of bytes that are no UTF-8 the first one. */
static size_t character(const char *s, size_t len, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	*c = u[0];
	if (u[0] < 0xc2 || u[0] > 0xf4 || n > len)
		return 1;
	*c = u[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80) {
			*c = u[0];
			return 1;
		}
		*c = *c << 6 | (u[i] & 0x3fu);
	}
	return n;
}

static enum kind kind_of(uint32_t c)
{
	size_t low = 0, high = LENGTH(ranges);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c > ranges[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < LENGTH(ranges) && c >= ranges[low].first ? ranges[low].kind
							      : KIND_LETTER;
}

/* Where lower case follows from the number (Unicode's CaseFolding). */
static const struct {
	uint32_t first, last;
	uint32_t add; /* to each letter; 0: pairs, of which */
	uint32_t odd; /* the capital is odd (1) or even (0) */
} folds[] = {
	{ 0x00c0, 0x00d6, 0x20, 0 }, { 0x00d8, 0x00de, 0x20, 0 },
	{ 0x0100, 0x0137, 0, 0 },    { 0x0139, 0x0148, 0, 1 },
	{ 0x014a, 0x0177, 0, 0 },    { 0x0179, 0x017e, 0, 1 },
	{ 0x0391, 0x03a9, 0x20, 0 }, { 0x0400, 0x040f, 0x50, 0 },
	{ 0x0410, 0x042f, 0x20, 0 }, { 0x0460, 0x0481, 0, 0 },
	{ 0x048a, 0x04bf, 0, 0 },    { 0x04d0, 0x052f, 0, 0 },
	{ 0x1e00, 0x1e95, 0, 0 },    { 0x1ea0, 0x1eff, 0, 0 },
};

static uint32_t fold(uint32_t c)
{
	for (size_t i = 0; i < LENGTH(folds) && c >= folds[i].first; i++) {
		if (c > folds[i].last)
			continue;
		if (folds[i].add > 0)
			return c + folds[i].add;
		return (c & 1) == folds[i].odd ? c + 1 : c;
	}
	return c;
}

/*
 * Most of all text: the lowered letter or the digit that an ASCII byte is, 0
 * for every other byte.
 */
static unsigned char plain_letter(char c)
{
	static const unsigned char letters[256] = {
		['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
		['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
		['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e',
		['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
		['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o',
		['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
		['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',
		['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
		['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i',
		['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n',
		['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's',
		['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x',
		['Y'] = 'y', ['Z'] = 'z',
	};

	return letters[(unsigned char)c];
}

/* The kind of an ASCII character, and its folded form. */
static enum kind ascii_kind(unsigned char *c)
{
	unsigned char letter = plain_letter((char)*c);

	if (letter) {
		*c = letter;
		return KIND_LETTER;
	}
	return *c == '\'' || *c == '`' ? KIND_NOTHING : KIND_BREAK;
}

/* ---- hashes: FNV-1a over folded characters, mixed at the end --------- */

/* The finalizer of MurmurHash3, so that the low bits are good ones. */
static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h ? h : 1;
}

/* ---- brackets -------------------------------------------------------- */

static bool is_noise(const char *s, size_t len)
{
	for (size_t i = 0; i < LENGTH(noises); i++) {
		size_t k = 0;

		while (k < len && noises[i][k] && (s[k] | 0x20) == noises[i][k])
			k++;
		if (k == len && !noises[i][k])
			return true;
	}
	return false;
}

/* Bytes of a note such as "[background noise]" at s, or 0. */
static size_t note_at(const char *s, size_t len)
{
	const char close = s[0] == '[' ? ']' : s[0] == '(' ? ')' : '>';
	size_t i = 1, word = 1;

	if (s[0] != '[' && s[0] != '(' && s[0] != '<')
		return 0;
	for (; i < len && i < NOISE_BYTES; i++) {
		if (s[i] != ' ' && s[i] != close)
			continue;
		if (!is_noise(s + word, i - word))
			return 0;
		if (s[i] == close)
			return i + 1;
		word = i + 1;
	}
	return 0;
}

/* ---- words ----------------------------------------------------------- */

/* The comma of "12,000": three digits behind it, no fourth. */
static bool is_thousands(const char *s, size_t len)
{
	return len >= 4 && is_digit(s[1]) && is_digit(s[2]) && is_digit(s[3]) &&
	       (len == 4 || !is_digit(s[4]));
}

/* One step inside or before a word: kind and folded form of what is at s. */
struct step {
	size_t len;
	enum kind kind;
	uint32_t folded;
};

static struct step step_at(const char *s, size_t len, bool inside,
			   bool after_digit)
{
	struct step step = { .len = 1 };
	unsigned char c = (unsigned char)s[0];

	if (c < 0x80) {
		step.kind = ascii_kind(&c);
		step.folded = c;
		if (step.kind != KIND_BREAK || len < 2)
			return step;
		/* inside of "CARD_1", not around "_so_" */
		if (c == '_' && inside && is_alnum(s[1]))
			step.kind = KIND_LETTER;
		if (!after_digit)
			return step;
		if (c == ',' && is_thousands(s, len))
			step.kind = KIND_NOTHING;
		else if (c == '.' && is_digit(s[1]))
			step.kind = KIND_LETTER;
		return step;
	}
	step.len = character(s, len, &step.folded);
	step.kind = step.len == 1 ? KIND_BREAK : kind_of(step.folded);
	step.folded = fold(step.folded);
	return step;
}

/* Moves *at to the first letter; false at the end of the text. */
static bool skip_to_word(struct text text, size_t *at)
{
	while (*at < text.len) {
		const char *s = text.data + *at;
		struct step step;
		size_t note;

		if (plain_letter(*s))
			return true;
		note = note_at(s, text.len - *at);
		step = step_at(s, text.len - *at, false, false);

		if (note == 0 &&
		    (step.kind == KIND_LETTER || step.kind == KIND_ALONE))
			return true;
		*at += note > 0 ? note : step.len;
	}
	return false;
}

/* A word on its way. */
struct growing {
	uint64_t hash;
	bool digit; /* was the last character one? */
};

static void add_letter(struct word *word, struct growing *g, uint32_t folded,
		       size_t end)
{
	g->hash = fnv1a_add(g->hash, folded);
	g->digit = folded < 0x80 && is_digit((char)folded);
	word->letters++;
	word->end = end;
}

bool words_next(struct text text, size_t *at, struct word *word)
{
	struct growing g = { FNV1A_START, false };

	if (!skip_to_word(text, at))
		return false;
	*word = (struct word){ .begin = *at, .end = *at };
	while (*at < text.len) {
		const char *s = text.data + *at;
		unsigned char letter = plain_letter(*s);
		struct step step;

		if (letter) {
			add_letter(word, &g, letter, ++*at);
			continue;
		}
		step = step_at(s, text.len - *at, word->letters > 0, g.digit);
		if (step.kind == KIND_BREAK ||
		    (step.kind == KIND_ALONE && word->letters > 0))
			break;
		*at += step.len;
		if (step.kind == KIND_NOTHING)
			continue;
		add_letter(word, &g, step.folded, *at);
		if (step.kind == KIND_ALONE)
			break;
	}
	*at = word->end;
	word->hash = mix(g.hash);
	return true;
}

size_t words_count_to(struct text text, size_t enough)
{
	struct word word;
	size_t at = 0, n = 0;

	while (n < enough && words_next(text, &at, &word))
		n++;
	return n;
}

size_t words_count(struct text text)
{
	return words_count_to(text, SIZE_MAX);
}

uint64_t words_hash(const char *word)
{
	struct word w;
	size_t at = 0;

	return words_next((struct text){ word, strlen(word) }, &at, &w) ? w.hash
									: 0;
}
