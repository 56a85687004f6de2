// SPDX-License-Identifier: GPL-2.0
/*
 * One record, one line: eight hex digits of the CRC32C of the JSON text, a blank, the text, a
 * newline. A line is written by one write() and is on disk before the action that it announces (a
 * write-ahead log). However the program ends, the file ends with a whole line or a torn one, which
 * the next open truncates.
 *
 * `lfctl learn` reads the file, too, whether or not lfd is running.
 */
#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <lq/lq.h>

#define HEAD	9		/* digits and blank */

static uint32_t crc_of(const char *text, size_t n)
{
	return ~lq_crc32c(~0u, text, n);
}

/* The record of a line of n bytes without its newline, or NULL. */
static struct json_object *parse(const char *line, size_t n)
{
	struct json_tokener *t;
	struct json_object *o;
	char *end, digits[HEAD];

	if (n <= HEAD || line[HEAD - 1] != ' ')
		return NULL;
	memcpy(digits, line, HEAD - 1);
	digits[HEAD - 1] = 0;
	if (strtoul(digits, &end, 16) != crc_of(line + HEAD, n - HEAD) || *end)
		return NULL;
	t = json_tokener_new();
	o = json_tokener_parse_ex(t, line + HEAD, n - HEAD);
	json_tokener_free(t);
	return json_object_is_type(o, json_type_object) ? o : NULL;
}

/* Visits all whole records from the start; returns their size in bytes. */
static size_t walk(const char *text, size_t len, history_fn *fn, void *data, uint64_t *last)
{
	struct json_object *o;
	const char *end;
	size_t at = 0;

	while ((end = memchr(text + at, '\n', len - at))) {
		o = parse(text + at, end - text - at);
		if (!o)
			break;
		*last = json_object_get_uint64(json_object_object_get(o, "id"));
		if (fn)
			fn(o, data);
		json_object_put(o);
		at = end - text + 1;
	}
	return at;
}

static char *slurp(int fd, size_t *len)
{
	struct stat st;
	char *text;
	ssize_t n;

	*len = 0;
	if (fstat(fd, &st))
		return NULL;
	text = malloc(st.st_size + 1);
	while (text && *len < (size_t)st.st_size) {
		n = pread(fd, text + *len, st.st_size - *len, *len);
		if (n <= 0)
			break;
		*len += n;
	}
	return text;
}

int history_open(struct history *h, const char *path, history_fn *fn, void *data, char *why,
		 size_t size)
{
	size_t len, whole;
	uint64_t last = 0;
	char *text;

	memset(h, 0, sizeof(*h));
	h->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	text = h->fd < 0 ? NULL : slurp(h->fd, &len);
	if (!text) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		history_close(h);
		return -1;
	}
	whole = walk(text, len, fn, data, &last);
	free(text);
	if (whole < len && ftruncate(h->fd, whole)) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		history_close(h);
		return -1;
	}
	h->cut = len - whole;
	h->next = last + 1;
	return 0;
}

void history_close(struct history *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Appends the whole line, or leaves the file as it was. */
static int append(int fd, const char *line, size_t n)
{
	off_t before = lseek(fd, 0, SEEK_END);
	ssize_t done;
	int err;

	if (before < 0)
		return errno;
	done = write(fd, line, n);
	if (done == (ssize_t)n && !fdatasync(fd))
		return 0;
	err = done < 0 || done == (ssize_t)n ? errno : ENOSPC;
	if (ftruncate(fd, before))
		return errno;
	return err;
}

uint64_t history_add(struct history *h, struct json_object *record)
{
	const char *json;
	char *line;
	int n;

	json_object_object_add(record, "id", json_object_new_uint64(h->next));
	json_object_object_add(record, "time", json_object_new_uint64(now()));
	json = json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	n = asprintf(&line, "%08x %s\n", crc_of(json, strlen(json)), json);
	if (n < 0) {
		h->error = ENOMEM;
		return 0;
	}
	h->error = append(h->fd, line, n);
	free(line);
	return h->error ? 0 : h->next++;
}

int history_read(const char *path, history_fn *fn, void *data, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t last;
	size_t len;
	char *text = fd < 0 ? NULL : slurp(fd, &len);

	if (!text)
		snprintf(why, size, "%s: %s", path, strerror(errno));
	else
		walk(text, len, fn, data, &last);
	free(text);
	if (fd >= 0)
		close(fd);
	return text ? 0 : -1;
}
