/*
 * One row a setting, one row a flag that is none; private to settings*.c.
 */
#ifndef RUN_SETTINGS_TABLE_H
#define RUN_SETTINGS_TABLE_H

#include <stddef.h>

#include "base/error.h"
#include "run/settings.h"

enum setting_type {
	SETTING_BOOL,
	SETTING_INT,
	SETTING_LONG,
	SETTING_BYTES, /* a long; K and M may follow the number */
	SETTING_REAL,
	SETTING_CHOICE, /* an int: the index into choices */
	SETTING_STRING,
	SETTING_URL, /* a string; one slash at its end is dropped */
	SETTING_PATH,
	SETTING_PROMPTS,  /* text: a path, or promptlayer[:LABEL] */
	SETTING_RATE,     /* text: 20/s, 600/m */
	SETTING_DOLLARS,  /* text: 2.50 */
	SETTING_FAILURES, /* text: 50, 10% */
	SETTING_CLASSES,  /* text: phone,email; none */
	SETTING_LIST,     /* text: a,b; given again, it is added to */
	SETTING_SECRET    /* never a flag, never in a file */
};

/* The chapters of --help and of the example file, in their order. */
enum setting_group {
	GROUP_MODEL,
	GROUP_REQUESTS,
	GROUP_LIMITS,
	GROUP_PROMPTS,
	GROUP_INPUT,
	GROUP_OUTPUT,
	GROUP_COUNT
};

/* Further environment names a row can have, and rows there can be. */
enum { SEED_NAMES = 2, LIMIT_SETTINGS = 96 };

struct setting {
	const char *name; /* --name, `name:`, CALLQA_NAME */
	char letter;      /* -m; 0 for none */
	int group;        /* of the program's own enum */
	enum setting_type type;
	size_t offset;        /* into struct settings */
	char holds;           /* of the member there: HOLDS_* */
	double min, max;      /* of a number */
	const char *fallback; /* the default as text; NULL: unset */
	const char *example;  /* a value to show where the default is unset */
	const char *unit;     /* the value's name in --help; not of a bool */
	const char *help;     /* one line, no capital, no full stop */
	const char *const *choices;         /* NULL-ended */
	const char *seed_names[SEED_NAMES]; /* further environment names */
};

/* What a row's member is, so that settings_check() finds a wrong type. */
#define HOLDS_BOOL   'b'
#define HOLDS_INT    'i'
#define HOLDS_LONG   'l'
#define HOLDS_REAL   'd'
#define HOLDS_TEXT   's'
#define HOLDS_SECRET 'k'

/* The rows and flags of callqa. */
extern const struct setting settings_rows[];
extern const size_t settings_count;

/* What a flag that is no setting does. */
enum flag_effect {
	FLAG_ACTION, /* sets settings.action to `action` */
	FLAG_CONFIG, /* names the configuration file */
	FLAG_SHORT   /* stands for --setting value */
};

struct flag {
	const char *name; /* NULL: a letter only */
	char letter;
	enum flag_effect effect;
	enum action action;
	const char *setting, *value; /* of FLAG_SHORT */
	const char *unit;            /* NULL: takes no value */
	const char *help;
};

extern const struct flag settings_flags[];
extern const size_t settings_flag_count;

/* What a program can be told, and how its --help begins and ends. */
struct settings_table {
	const char *program;
	const struct setting *rows;
	size_t count;
	const struct flag *flags;
	size_t flag_count;
	const char *(*group_title)(int group);
	int groups;
	const char *head; /* usage and what the program does */
	const char *tail;
};

extern const struct settings_table settings_of_callqa;

#define CONFIG_VARIABLE    "CALLQA_CONFIG"
#define ENVIRONMENT_PREFIX "CALLQA_"

/* Room for the longest CALLQA_NAME and its NUL. */
#define ENVIRONMENT_NAME_SIZE 48

/* The row's CALLQA_NAME. */
void setting_environment_name(const struct setting *row,
			      char name[ENVIRONMENT_NAME_SIZE]);

/* A table's row of that long name, or NULL. */
const struct setting *settings_row(const struct settings_table *table,
				   const char *name);

/* The same of callqa's rows. */
const struct setting *setting_find(const char *name);

/* May the row be given as a flag and in a file? */
bool setting_is_public(const struct setting *row);

/* The heading of an enum setting_group. */
const char *setting_group_title(int group);

/*
 * The name somebody meant by `wrong`, which may be mistyped or cut short;
 * names NULL-ended, borrowed; NULL if none is near.
 */
const char *setting_meant(const char *wrong, const char *const *names);

/* settings_check() for any table; so that a test can give it a broken one. */
int settings_check_rows(const struct setting *rows, size_t count,
			struct error *err) MUST_USE;

#endif
