// SPDX-License-Identifier: GPL-2.0
/*
 * Every PATHS_WINDOW intervals a connection gives one measurement of its path
 * (tcp_cc/sim/measured.h says what can be known), and one at its end if PATHS_LEAST remain.
 *
 * The file has a header and PATHS_PLACES rows of 64 bytes. A new row goes to an empty place, else
 * to a random one. So the age of rows is distributed geometrically, about PATHS_PLACES measurements
 * in the mean (Aggarwal, VLDB 2006): paths that are no longer used fade, and no burst takes all
 * places at once. A row has the CRC32C of its bytes; one that a crash tore is an empty place.
 * Nothing waits for the disk: a row that was never written is one measurement less.
 *
 * Quantiles, not means: start-up and ceiling have no samples, but an interval may still be cut
 * short by a loss or stretched by a late ACK.
 */
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lq/lq.h>

#include "held.h"

#define MAGIC		"LFDPATH1"
#define HEADER_BYTES	64
#define HIGH		0.9	/* quantile for rate and queue */
#define QUEUED		0.1	/* of the base RTT: a queue */
#define FEW		4	/* intervals that say nothing of losses */

_Static_assert(sizeof(struct paths_row) == 64, "a row has 64 bytes");

/* --- measure --- */

static int ascending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static float quantile(const struct reward *w, uint32_t n, size_t member, double q)
{
	float v[PATHS_WINDOW];
	uint32_t i;

	for (i = 0; i < n; i++)
		v[i] = *(const float *)((const char *)&w[i] + member);
	qsort(v, n, sizeof(*v), ascending);
	return v[(uint32_t)(q * (n - 1) + 0.5)];
}

/* Mean loss of the intervals with a queue, or of those without. */
static double lost(const struct reward *w, uint32_t n, bool queued)
{
	double sum = 0;
	uint32_t i, k = 0;

	for (i = 0; i < n; i++) {
		if ((w[i].queue > QUEUED) != queued)
			continue;
		sum += w[i].lost;
		k++;
	}
	return k < FEW ? 0 : sum / k;
}

bool paths_measure(const struct reward *w, uint32_t n, struct sim_measured *m)
{
	if (!n)
		return false;
	*m = (struct sim_measured){
		.base_us = quantile(w, n, offsetof(struct reward, base_us), 0),
		.rate = quantile(w, n, offsetof(struct reward, rate), HIGH),
		.queue = quantile(w, n, offsetof(struct reward, queue), HIGH),
		.loss = lost(w, n, false),
		.dropped = lost(w, n, true),
		.swing_us = quantile(w, n, offsetof(struct reward, swing_us), 0.5),
	};
	return sim_measured_ok(m);
}

/* --- file --- */

static uint32_t row_crc(const struct paths_row *r)
{
	uint32_t crc = lq_crc32c(~0u, (const char *)r + sizeof(r->crc),
				 sizeof(*r) - sizeof(r->crc));

	return crc ? crc : 1;
}

static bool row_ok(const struct paths_row *r)
{
	return r->crc == row_crc(r) && sim_measured_ok(&r->m);
}

/* Rows stay at their places; `n` counts them. */
static void check_rows(struct paths *p)
{
	uint32_t i;

	for (i = 0; i < PATHS_PLACES; i++) {
		if (p->row[i].crc && !row_ok(&p->row[i])) {
			p->torn++;
			memset(&p->row[i], 0, sizeof(p->row[i]));
		}
		p->n += p->row[i].crc != 0;
	}
}

static int begin_file(struct paths *p)
{
	static const uint8_t header[HEADER_BYTES] = MAGIC;

	memset(p->row, 0, sizeof(p->row));
	if (ftruncate(p->fd, 0) || pwrite(p->fd, header, sizeof(header), 0) != sizeof(header))
		return -1;
	return 0;
}

/* Places behind the end are empty. */
static int read_file(struct paths *p)
{
	uint8_t header[HEADER_BYTES];

	if (pread(p->fd, header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header, MAGIC, sizeof(MAGIC)))
		return 1;
	if (pread(p->fd, p->row, sizeof(p->row), HEADER_BYTES) < 0)
		return -1;
	check_rows(p);
	return 0;
}

static int no(struct paths *p, const char *file, char *why, size_t size)
{
	snprintf(why, size, "%s: %s", file, strerror(errno));
	paths_close(p);
	return -1;
}

int paths_look(struct paths *p, const char *file, char *why, size_t size)
{
	int ret;

	memset(p, 0, sizeof(*p));
	p->fd = open(file, O_RDONLY | O_CLOEXEC);
	if (p->fd < 0)
		return no(p, file, why, size);
	ret = read_file(p);
	if (ret < 0)
		return no(p, file, why, size);
	if (ret) {
		snprintf(why, size, "%s has no measured paths", file);
		paths_close(p);
		return -1;
	}
	return 0;
}

int paths_open(struct paths *p, const char *file, uint32_t conns, char *why, size_t size)
{
	int ret;

	memset(p, 0, sizeof(*p));
	p->random = 0x9e3779b97f4a7c15ull;
	p->fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (p->fd < 0)
		return no(p, file, why, size);
	ret = read_file(p);
	if (ret < 0 || (ret && begin_file(p)))
		return no(p, file, why, size);
	p->conn = calloc(conns, sizeof(*p->conn));
	p->conns = conns;
	return p->conn ? 0 : no(p, file, why, size);
}

void paths_close(struct paths *p)
{
	if (p->fd > 0)
		close(p->fd);
	free(p->conn);
	memset(p, 0, sizeof(*p));
}

static uint32_t place_for_new(struct paths *p)
{
	uint32_t i;

	if (p->n == PATHS_PLACES) {
		p->random ^= p->random << 13;
		p->random ^= p->random >> 7;
		p->random ^= p->random << 17;
		return p->random % PATHS_PLACES;
	}
	for (i = 0; p->row[i].crc; i++)
		;
	p->n++;
	return i;
}

static void add(struct paths *p, struct paths_row *r)
{
	uint32_t i = place_for_new(p);

	r->crc = row_crc(r);
	p->row[i] = *r;
	p->last = r->m;
	p->measured++;
	/* A full disk costs the measurement, no more: see above. */
	if (pwrite(p->fd, r, sizeof(*r), HEADER_BYTES + (off_t)i * sizeof(*r)) != sizeof(*r))
		p->refused++;
}

/* --- connections --- */

static bool measure(struct paths *p, struct paths_conn *c, uint64_t flow, uint64_t time_ns)
{
	struct paths_row r = { .intervals = c->n, .time_ns = time_ns, .flow = flow };
	bool ok = paths_measure(c->window, c->n, &r.m);

	c->n = 0;
	if (ok)
		add(p, &r);
	else
		p->refused++;
	return ok;
}

void paths_begin(struct paths *p, uint32_t conn)
{
	struct paths_conn *c = &p->conn[conn];

	c->n = 0;
	c->intervals = 0;
	c->loss = 0;
}

bool paths_interval(struct paths *p, uint32_t conn, uint64_t flow, uint64_t time_ns,
		    const int32_t term[LQ_N_REWARDS])
{
	struct paths_conn *c = &p->conn[conn];
	struct reward *r = &c->window[c->n];

	if (!reward_of(term, r))
		return false;
	c->intervals++;
	c->loss += reward_loss(r);
	return ++c->n == PATHS_WINDOW && measure(p, c, flow, time_ns);
}

double paths_end(struct paths *p, uint32_t conn, uint64_t flow, uint64_t time_ns, bool *made)
{
	struct paths_conn *c = &p->conn[conn];

	*made = c->n >= PATHS_LEAST && measure(p, c, flow, time_ns);
	return c->intervals ? c->loss / c->intervals : NAN;
}

/* --- drift --- */

/* Logarithms, so that a bin is a factor; shares in parts of a million. */
void paths_columns(const struct sim_measured *m, int32_t x[PATHS_COLUMNS + 1])
{
	x[0] = log2(m->base_us) * 256;
	x[1] = log2(m->rate) * 256;
	x[2] = fmin(m->queue, 100) * 1e6;
	x[3] = (m->loss + m->dropped) * 5e5;
	x[4] = fmin(m->swing_us / m->base_us, 100) * 1e6;
}

const char *paths_column_name(uint32_t column)
{
	static const char *const names[] = { "the base RTT", "the rate", "the queue",
					     "the loss", "the noise" };

	return names[column <= PATHS_COLUMNS ? column : PATHS_COLUMNS];
}

uint32_t paths_held(const struct paths *p, uint64_t since)
{
	uint32_t i, n = 0;

	for (i = 0; i < PATHS_PLACES; i++)
		n += p->row[i].crc && p->row[i].time_ns >= since && held_flow(p->row[i].flow);
	return n;
}
