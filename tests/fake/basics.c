/* What every part of the fake needs: dying, growing text, hashes, files. */
#include "basics.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void die(int status, const char *format, ...)
{
	va_list arguments;

	fputs("callqa-fake: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	_exit(status); /* no clean-up: the process is beyond it */
}

void *need(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		die(EXIT_BROKEN, "out of memory");
	return memory;
}

char *copy_bytes(const char *bytes, size_t length)
{
	char *copy = need(length + 1);

	if (length)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

/* Makes room for `more` bytes and the NUL behind them. */
static void text_grow(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : 256;
	char *data;

	if (more > TEXT_MAX - text->length)
		die(EXIT_BROKEN, "a text grew past %lu bytes", TEXT_MAX);
	while (room < text->length + more + 1)
		room *= 2;
	if (room == text->room)
		return;
	data = realloc(text->data, room);
	if (!data)
		die(EXIT_BROKEN, "out of memory");
	text->data = data;
	text->room = room;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
	text_grow(text, length);
	if (length)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list arguments;
	size_t length = 64; /* enough for most; else it is tried again */
	size_t room;
	int wanted;

	do {
		text_grow(text, length);
		room = text->room - text->length;
		va_start(arguments, format);
		wanted = vsnprintf(text->data + text->length, room, format,
				   arguments);
		va_end(arguments);
		if (wanted < 0)
			die(EXIT_BROKEN, "cannot format text");
		length = (size_t)wanted;
	} while (length >= room);
	text->length += length;
}

void text_fill(struct text *text, char byte, size_t count)
{
	text_grow(text, count);
	memset(text->data + text->length, byte, count);
	text->length += count;
	text->data[text->length] = '\0';
}

void text_release(struct text *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}

void text_load(struct text *text, const char *file)
{
	char block[1 << 16];
	size_t got;
	FILE *in = fopen(file, "rb");

	if (!in)
		die(EXIT_USAGE, "%s: %s", file, strerror(errno));
	text_add(text, "", 0);
	while ((got = fread(block, 1, sizeof(block), in)) > 0)
		text_add(text, block, got);
	if (ferror(in))
		die(EXIT_USAGE, "%s: %s", file, strerror(errno));
	fclose(in);
}

uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		hash ^= (unsigned char)bytes[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

uint64_t hash_string(uint64_t hash, const char *string)
{
	return hash_bytes(hash, string, strlen(string) + 1);
}

uint64_t hash_mix(uint64_t hash)
{
	hash += UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
	return hash ^ (hash >> 31);
}

const char *find_bytes(const char *text, size_t length, const char *part,
		       size_t part_length)
{
	const char *end = text + length;

	if (!part_length)
		return text;
	while ((size_t)(end - text) >= part_length) {
		size_t starts = (size_t)(end - text) - part_length + 1;
		const char *hit = memchr(text, part[0], starts);

		if (!hit)
			return NULL;
		if (!memcmp(hit, part, part_length))
			return hit;
		text = hit + 1;
	}
	return NULL;
}

double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
