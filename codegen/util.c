// SPDX-License-Identifier: GPL-2.0
/* Error messages, memory, reading and writing whole files. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <lq/name.h>

#include "util.h"

int util_fail(struct graph_err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return -1;
}

static void *checked(void *p)
{
	if (!p) {
		fputs("lfgen: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *util_alloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size));
}

void *util_grow(void *p, size_t *cap, size_t want, size_t size)
{
	if (want <= *cap)
		return p;
	*cap = *cap * 2 > want ? *cap * 2 : want;
	return checked(reallocarray(p, *cap, size));
}

char *util_strdup(const char *s)
{
	return checked(strdup(s));
}

static int read_all(int fd, const char *path, size_t max, void **data, size_t *len,
		    struct graph_err *err)
{
	size_t cap = 0, n = 0;
	char *p = NULL;
	ssize_t got;

	do {
		p = util_grow(p, &cap, n + 65536, 1);
		got = read(fd, p + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got > 0)
			n += got;
		if (got < 0 || n > max) {
			free(p);
			if (got < 0)
				return util_fail(err, "%s: %s", path, strerror(errno));
			return util_fail(err, "%s: larger than %zu MiB", path, max >> 20);
		}
	} while (got);
	*data = p;
	*len = n;
	return 0;
}

int util_read(const char *path, size_t max, void **data, size_t *len, struct graph_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return util_fail(err, "%s: %s", path, strerror(errno));
	ret = read_all(fd, path, max, data, len, err);
	close(fd);
	return ret;
}

static int write_all(int fd, const char *p, size_t len)
{
	ssize_t put;

	for (; len; p += put, len -= put) {
		put = write(fd, p, len);
		if (put < 0 && errno != EINTR)
			return -1;
		if (put < 0)
			put = 0;
	}
	return fsync(fd);
}

int util_write(const char *path, const void *data, size_t len, struct graph_err *err)
{
	size_t n = strlen(path) + sizeof(".XXXXXX");
	char *tmp = util_alloc(n, 1);
	mode_t mask = umask(0);
	int fd, ret = 0;

	umask(mask);
	snprintf(tmp, n, "%s.XXXXXX", path);
	fd = mkstemp(tmp);
	if (fd < 0) {
		ret = util_fail(err, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (write_all(fd, data, len) || fchmod(fd, 0666 & ~mask))
		ret = util_fail(err, "%s: %s", path, strerror(errno));
	if (close(fd) && !ret)
		ret = util_fail(err, "%s: %s", path, strerror(errno));
	if (!ret && rename(tmp, path))
		ret = util_fail(err, "%s: %s", path, strerror(errno));
	if (ret)
		unlink(tmp);
out:
	free(tmp);
	return ret;
}

void util_name(char *dst, size_t len, const char *src, const char *fallback)
{
	size_t i;

	if (!src || !*src)
		src = fallback;
	memset(dst, 0, len);
	for (i = 0; i < len - 1 && src[i]; i++)
		dst[i] = lq_name_char(src[i]) ? src[i] : '_';
}

char **util_split(const char *list, uint32_t *n)
{
	const char *p = list, *end;
	size_t cap = 0;
	char **out = NULL;

	*n = 0;
	do {
		end = strchrnul(p, ',');
		out = util_grow(out, &cap, *n + 2, sizeof(*out));
		out[(*n)++] = checked(strndup(p, end - p));
		p = end + 1;
	} while (*end);
	out[*n] = NULL;
	return out;
}

void util_free_list(char **list)
{
	char **p;

	for (p = list; p && *p; p++)
		free(*p);
	free(list);
}

static int util_ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void util_sort(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), util_ascending);
}

double util_spread(double *v, size_t n)
{
	size_t cut = n < 100 ? 0 : (n + 999) / 1000;

	util_sort(v, n);
	/* Mostly equal values: fall back to the whole range. */
	return v[n - 1 - cut] > v[cut] ? v[n - 1 - cut] - v[cut] : v[n - 1] - v[0];
}

const char *util_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

double util_dot(const double *a, const double *b, size_t n)
{
	double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		s0 += a[i] * b[i];
		s1 += a[i + 1] * b[i + 1];
		s2 += a[i + 2] * b[i + 2];
		s3 += a[i + 3] * b[i + 3];
	}
	for (; i < n; i++)
		s0 += a[i] * b[i];
	return s0 + s1 + (s2 + s3);
}

uint32_t util_argmax(const double *v, uint32_t n)
{
	uint32_t best = 0, i;

	for (i = 1; i < n; i++)
		if (v[i] > v[best])
			best = i;
	return best;
}
