// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "sink.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lfctl.h"

#define BUF		(256 * 1024)
/* bytes of any row or header line */
#define ROW_MAX		(64 * (LQ_MAX_INPUTS + LQ_MAX_OUTPUTS + LQ_N_REWARDS + SINK_META_NPY))
#define NPY_HEADER	128	/* npy 1.0: a multiple of 64 */

LQ_FEATURE_TABLE;

static const uint8_t rewards[LQ_N_REWARDS] = { LQ_REWARDS(LQ_REWARD_ID) };

static const char *const meta_npy[SINK_META_NPY] = { LQ_RECORD_NPY };
static const char *const meta_csv[SINK_META_CSV] = { LQ_RECORD_CSV };

bool sink_format_of(const char *path, enum sink_format *format)
{
	const char *dot = strrchr(path, '.');

	*format = dot && !strcmp(dot, ".npy") ? SINK_NPY : SINK_CSV;
	return !strcmp(path, "-") || (dot && (!strcmp(dot, ".npy") || !strcmp(dot, ".csv")));
}

const char *sink_column(const struct sink_layout *layout, enum sink_format format, uint32_t i,
			char *text)
{
	uint32_t n_meta = format == SINK_NPY ? SINK_META_NPY : SINK_META_CSV;

	if (i < layout->n_inputs) {
		snprintf(text, 64, "%s", layout->inputs[i]);
		return text;
	}
	i -= layout->n_inputs;
	if (i < layout->n_outputs) {
		snprintf(text, 64, "y.%s", layout->outputs[i]);
		return text;
	}
	i -= layout->n_outputs;
	if (layout->rewards && i < LQ_N_REWARDS) {
		snprintf(text, 64, "r.%s", lq_features[rewards[i]].name);
		return text;
	}
	i -= layout->rewards ? LQ_N_REWARDS : 0;
	if (i >= n_meta)
		return NULL;
	return format == SINK_NPY ? meta_npy[i] : meta_csv[i];
}

/* --- bytes --- */

/* Prints the error once, and leaves only whole rows in the file. */
static int fail(struct sink *s)
{
	if (!s->failed)
		lfctl_fail("%s: %m", s->path);
	s->failed = true;
	s->used = 0;
	s->rows = s->good_rows;
	if (ftruncate(s->fd, s->good))
		return LFCTL_FAIL;	/* a pipe, perhaps */
	lseek(s->fd, s->good, SEEK_SET);
	return LFCTL_FAIL;
}

static int put(int fd, const char *p, size_t n)
{
	ssize_t done;

	for (; n; p += done, n -= done) {
		done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			done = 0;
		if (done < 0)
			return -1;
	}
	return 0;
}

/* The header for the current number of rows in the file. */
static void npy_header(const struct sink *s, char *head)
{
	int n;

	memset(head, ' ', NPY_HEADER);
	memcpy(head, "\x93NUMPY\x01\x00", 8);
	head[8] = (char)(NPY_HEADER - 10);
	head[9] = 0;
	n = snprintf(head + 10, NPY_HEADER - 10,
		     "{'descr': '<i4', 'fortran_order': False, 'shape': (%" PRIu64 ", %u), }",
		     s->good_rows, s->cols);
	head[10 + n] = ' ';
	head[NPY_HEADER - 1] = '\n';
}

static int npy_count(struct sink *s)
{
	char head[NPY_HEADER];

	npy_header(s, head);
	return pwrite(s->fd, head, sizeof(head), 0) == sizeof(head) ? 0 : fail(s);
}

int sink_flush(struct sink *s)
{
	if (s->fd < 0)
		return 0;
	if (s->failed)
		return LFCTL_FAIL;
	if (!s->used)
		return 0;
	if (put(s->fd, s->buf, s->used))
		return fail(s);
	s->good += s->used;
	s->good_rows = s->rows;
	s->used = 0;
	return s->format == SINK_NPY ? npy_count(s) : 0;
}

int sink_open(struct sink *s, const char *path, enum sink_format format)
{
	memset(s, 0, sizeof(*s));
	s->path = path;
	s->format = format;
	s->buf = malloc(BUF);
	if (!s->buf) {
		s->fd = -1;
		return lfctl_fail("out of memory");
	}
	s->fd = strcmp(path, "-") ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) :
				    STDOUT_FILENO;
	if (s->fd >= 0 && format == SINK_NPY && lseek(s->fd, 0, SEEK_CUR) < 0) {
		close(s->fd);
		s->fd = -1;
		errno = ESPIPE;
	}
	if (s->fd >= 0)
		return 0;
	free(s->buf);
	s->buf = NULL;
	return lfctl_fail("%s: %m", path);
}

int sink_close(struct sink *s)
{
	int status = sink_flush(s);

	if (s->fd >= 0 && s->fd != STDOUT_FILENO && close(s->fd) && !s->failed)
		status = lfctl_fail("%s: %m", s->path);
	free(s->buf);
	s->buf = NULL;
	s->fd = -1;
	return status;
}

/* --- rows --- */

static int row_done(struct sink *s)
{
	s->rows++;
	return s->used + ROW_MAX > BUF ? sink_flush(s) : 0;
}

static void text(struct sink *s, const char *fmt, ...) __attribute__((__format__(printf, 2, 3)));

static void text(struct sink *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->used += vsnprintf(s->buf + s->used, BUF - s->used, fmt, ap);
	va_end(ap);
}

static void word(struct sink *s, uint32_t v)
{
	v = htole32(v);
	memcpy(s->buf + s->used, &v, 4);
	s->used += 4;
}

/* -1 for "no class", in both formats. */
static int32_t class_of(uint16_t class)
{
	return class == BATCH_NO_CLASS ? -1 : class;
}

int sink_begin_samples(struct sink *s, const struct sink_layout *layout)
{
	char name[64];
	const char *c;
	uint32_t i;

	s->cols = layout->n_inputs + layout->n_outputs + (layout->rewards ? LQ_N_REWARDS : 0) +
		  SINK_META_NPY;
	if (s->format == SINK_NPY) {
		s->used = NPY_HEADER;
		npy_header(s, s->buf);
		return sink_flush(s);
	}
	for (i = 0; (c = sink_column(layout, SINK_CSV, i, name)); i++)
		text(s, "%s%s", i ? "," : "", c);
	text(s, "\n");
	return 0;
}

int sink_begin_outcomes(struct sink *s)
{
	if (s->fd >= 0)
		text(s,
		     "class,generation,attach,end,packets,bytes,duration_us,retrans,flow,time_ns,"
		     "mark,ct_mark,priority,dscp,cgroup,peer\n");
	return 0;
}

static void sample_npy(struct sink *s, const struct batch *b, const struct batch_sample *sample,
		       const int32_t *x, const int32_t *y, const int32_t *r)
{
	uint32_t i;

	for (i = 0; i < b->n_inputs; i++)
		word(s, x[i]);
	for (i = 0; i < b->n_outputs; i++)
		word(s, y[i]);
	for (i = 0; r && i < LQ_N_REWARDS; i++)
		word(s, r[i]);
	word(s, class_of(sample->class));
	word(s, b->generation);
	word(s, sample->attach);
	word(s, sample->reason);
	word(s, sample->packets);
	word(s, sample->flow);
	word(s, sample->flow >> 32);
	word(s, sample->time_ns);
	word(s, sample->time_ns >> 32);
}

static void sample_csv(struct sink *s, const struct batch *b, const struct batch_sample *sample,
		       const int32_t *x, const int32_t *y, const int32_t *r)
{
	uint32_t i;

	for (i = 0; i < b->n_inputs; i++)
		text(s, "%" PRId32 ",", x[i]);
	for (i = 0; i < b->n_outputs; i++)
		text(s, "%" PRId32 ",", y[i]);
	for (i = 0; r && i < LQ_N_REWARDS; i++)
		text(s, "%" PRId32 ",", r[i]);
	text(s, "%" PRId32 ",%" PRIu32 ",%u,%u,%" PRIu32 ",%" PRIu64 ",%" PRIu64 "\n",
	     class_of(sample->class), b->generation, sample->attach, sample->reason,
	     sample->packets, sample->flow, sample->time_ns);
}

int sink_sample(struct sink *s, const struct batch *b, const struct batch_sample *sample,
		const int32_t *x, const int32_t *y, const int32_t *r)
{
	if (s->failed)
		return LFCTL_FAIL;
	if (s->format == SINK_NPY)
		sample_npy(s, b, sample, x, y, r);
	else
		sample_csv(s, b, sample, x, y, r);
	return row_done(s);
}

int sink_outcome(struct sink *s, const struct batch *b, const struct batch_outcome *o,
		 const struct batch_label *l, uint64_t peer)
{
	if (s->fd < 0)
		return 0;
	if (s->failed)
		return LFCTL_FAIL;
	text(s,
	     "%" PRId32 ",%" PRIu32 ",%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu32
	     ",%" PRIu64 ",%" PRIu64,
	     class_of(o->class), b->generation, o->attach, o->end, o->packets, o->bytes,
	     o->duration_us, o->retrans, o->flow, o->time_ns);
	text(s, ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%u,%" PRIu64 ",%" PRIu64 "\n", l->mark,
	     l->ct_mark, l->priority, l->dscp, l->cgroup, peer);
	return row_done(s);
}
