/* SPDX-License-Identifier: GPL-2.0 */
/* The paths of a slot's connections, measured by their intervals. */
#ifndef LFD_PATHS_H
#define LFD_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reward.h"
#include "tcp_cc/sim/measured.h"

#define PATHS_PLACES	1024	/* rows on disk */
#define PATHS_WINDOW	32	/* intervals of a measurement */
#define PATHS_LEAST	8	/* of one at a connection's end */

struct paths_row {
	uint32_t crc;			/* of what follows; 0: empty */
	uint32_t intervals;
	uint64_t time_ns;		/* of the last of them */
	uint64_t flow;			/* a hash of the connection: held.h */
	struct sim_measured m;
	uint8_t zero[16];
};

/* Of a connection that has not ended. */
struct paths_conn {
	uint32_t n;			/* intervals in the window */
	uint64_t intervals;		/* all */
	double loss;			/* sum over these, reward.h */
	struct reward window[PATHS_WINDOW];
};

struct paths {
	int fd;
	uint32_t n;			/* rows */
	uint32_t torn;			/* found damaged at the start */
	uint64_t random;
	uint64_t measured, refused;	/* so far */
	struct sim_measured last;
	struct paths_row row[PATHS_PLACES];
	struct paths_conn *conn;	/* [conns] */
	uint32_t conns;
};

/* conns: of connections at a time. 0, or -1 with a message. A file of another kind begins anew. */
int paths_open(struct paths *p, const char *file, uint32_t conns, char *why, size_t size);
void paths_close(struct paths *p);
/* To read only: no connections. */
int paths_look(struct paths *p, const char *file, char *why, size_t size);

/* A connection begins at this place; flow: its hash. */
void paths_begin(struct paths *p, uint32_t conn);
/* An interval of it. True: that completed a measurement. */
bool paths_interval(struct paths *p, uint32_t conn, uint64_t flow, uint64_t time_ns,
		    const int32_t term[LQ_N_REWARDS]);
/* It ends: its mean loss, NAN for none. made: a last measurement was made. */
double paths_end(struct paths *p, uint32_t conn, uint64_t flow, uint64_t time_ns, bool *made);

/* What n intervals say of the path. */
bool paths_measure(const struct reward *window, uint32_t n, struct sim_measured *m);

/* A measurement as columns for drift.h, and one more that counts as the output. */
#define PATHS_COLUMNS	4
void paths_columns(const struct sim_measured *m, int32_t x[PATHS_COLUMNS + 1]);
const char *paths_column_name(uint32_t column);

/* Rows of held-out connections since then. */
uint32_t paths_held(const struct paths *p, uint64_t since);

#endif /* LFD_PATHS_H */
