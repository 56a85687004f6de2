// SPDX-License-Identifier: GPL-2.0
/*
 * What became of each program's flows:
 *
 *	build/adapt/audit SLOT SECONDS
 *
 * Reads the slot's stream until SIGTERM. Every SECONDS, and at the end, a line for each program,
 * with a mark or without, and each last verdict of its flows that have ended since the line before:
 *
 *	TIME,PROGRAM,MARKED,CLASS,FLOWS
 *
 * in seconds of the wall clock. PROGRAM is the packets' priority, which the scripts set for this
 * alone: no model reads it, and no rule of theirs. CLASS is -1 for flows without a verdict. Flows
 * with priority 0 are nobody's. Whatever was lost on the way is said at the end, and makes it fail.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lfd/log.h"
#include "lfd/stream.h"

#define PROGRAMS	16
#define CLASSES		32	/* the last one: no verdict */

static volatile sig_atomic_t stop;
static uint64_t flows[PROGRAMS][2][CLASSES];
static struct batch_track track;
static const char *slot;

static void end(int sig)
{
	(void)sig;
	stop = 1;
}

static void count(const struct batch_outcome *o, const struct batch_label *l)
{
	uint32_t class = o->class < CLASSES - 1 ? o->class : CLASSES - 1;

	if (l->priority && l->priority < PROGRAMS)
		flows[l->priority][l->mark != 0][class]++;
}

static void batch(const struct batch *b, void *data)
{
	struct batch_outcome o;
	struct batch_label l;
	uint32_t i;

	(void)data;
	if (strcmp(b->slot, slot))
		return;
	batch_track(&track, b);
	for (i = 0; i < b->n_outcomes; i++) {
		batch_outcome(b, i, &o);
		batch_label(b, i, &l);
		count(&o, &l);
	}
}

static void print(time_t now)
{
	int p, m, c;

	for (p = 1; p < PROGRAMS; p++)
		for (m = 0; m < 2; m++)
			for (c = 0; c < CLASSES; c++)
				if (flows[p][m][c])
					printf("%lld,%d,%d,%d,%llu\n", (long long)now, p, m,
					       c < CLASSES - 1 ? c : -1,
					       (unsigned long long)flows[p][m][c]);
	fflush(stdout);
	memset(flows, 0, sizeof(flows));
}

static int listen_to(struct stream *s, int seconds)
{
	struct pollfd p = { .fd = stream_fd(s), .events = POLLIN };
	time_t next = time(NULL) + seconds, now;

	while (!stop) {
		if (poll(&p, 1, 1000) < 0 && errno != EINTR)
			return -1;
		if (stream_read(s))
			return -1;
		now = time(NULL);
		if (now < next && !stop)
			continue;
		print(now);
		next = now + seconds;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction on_end = { .sa_handler = end };
	struct stream s;

	if (argc != 3 || atoi(argv[2]) < 1) {
		fprintf(stderr, "usage: audit SLOT SECONDS\n");
		return 2;
	}
	slot = argv[1];
	sigaction(SIGTERM, &on_end, NULL);
	if (stream_open(&s, batch, NULL)) {
		fprintf(stderr, "audit: %s\n", log_complaint());
		return 1;
	}
	if (listen_to(&s, atoi(argv[2]))) {
		fprintf(stderr, "audit: the stream has ended\n");
		return 1;
	}
	if (!s.overruns && !track.gap_batches && !track.lost)
		return 0;
	fprintf(stderr, "audit: %llu overruns, %llu batches missing, %llu records lost\n",
		(unsigned long long)s.overruns, (unsigned long long)track.gap_batches,
		(unsigned long long)track.lost);
	return 1;
}
