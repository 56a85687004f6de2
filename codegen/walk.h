/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by classify and rows: flow table options, labels, and the walk through a capture.
 */
#ifndef WALK_H
#define WALK_H

#include "cap.h"
#include "cmd.h"
#include "labels.h"

#define WALK_REASONS	16

struct walk {
	const char *path;
	struct flows_options flows;
	const char *labels_path, *map;
	u8 ids[LQ_MAX_INPUTS];		/* features to compute */
	u32 n_ids;

	/* The result. */
	struct labels *labels;		/* or NULL */
	u64 packets, bytes, none[WALK_REASONS];
};

enum {
	WALK_EVERY = 300,
	WALK_PHASES,
	WALK_FLOWS,
	WALK_IDLE,
	WALK_BOTH,
	WALK_NO_INNER,
	WALK_MTU,
	WALK_HISTORY,
	WALK_LABELS,
	WALK_MAP
};

#define WALK_OPTIONS						\
	{ "every", required_argument, NULL, WALK_EVERY },	\
	{ "phases", required_argument, NULL, WALK_PHASES },	\
	{ "flows", required_argument, NULL, WALK_FLOWS },	\
	{ "idle", required_argument, NULL, WALK_IDLE },		\
	{ "both-ways", no_argument, NULL, WALK_BOTH },		\
	{ "no-inner", no_argument, NULL, WALK_NO_INNER },	\
	{ "mtu", required_argument, NULL, WALK_MTU },		\
	{ "history", required_argument, NULL, WALK_HISTORY },	\
	{ "labels", required_argument, NULL, WALK_LABELS },	\
	{ "map", required_argument, NULL, WALK_MAP }

#define WALK_HELP \
	"  --phases N,N,...   packets of a flow at which the model runs\n" \
	"                     (default 1, 2, 4, 8 ...)\n" \
	"  --every N          at every N packets instead\n" \
	"  --both-ways        as a hook sees it: each direction knows the other's counts\n" \
	"  --no-inner         a tunnel is one flow, not those in it\n" \
	"  --mtu BYTES        cut longer packets (super-packets) into such segments\n" \
	"  --history KEYS     key of the history of flows, for hist.*: port, peer,\n" \
	"                     source, dscp (default port,peer)\n" \
	"  --flows N          of the flow table (default 65536)\n" \
	"  --idle SECONDS     without a packet after which any flow has ended;\n" \
	"                     auto (default): by protocol and state\n" \
	"  --labels FILE      what flows are: lines PORT,LABEL or PROTO/PORT,LABEL, a\n" \
	"                     table of addresses and ports, nDPI's or Zeek's list\n" \
	"                     of flows\n" \
	"  --map L=CLASS,...  what labels are to be called\n"

struct walk walk_new(void);
/* Handles an option of ours: 0, CMD_USAGE after a message; -1: not ours. */
int walk_option(const struct cmd *cmd, int c, struct walk *w);
/* The feature that an input is named after; false with a message if packets have no such feature.
 */
bool walk_feature(struct walk *w, const char *name, const char *of, struct graph_err *err);

/*
 * Called for each packet with a flow (x: the features, if the model should run), and for each end
 * of a flow.
 */
typedef void (*walk_packet_fn)(void *arg, const struct flows_packet *p, const struct flows_seen *s,
			       const s32 *x);

int walk_run(struct walk *w, walk_packet_fn packet, flows_end_fn end, void *arg,
	     struct graph_err *err);
void walk_free(struct walk *w);

/* A key for people: "tcp 10.0.0.1:80 > 10.0.0.2:4000". */
void walk_key(const struct flows_key *key, char *text, size_t len);

#endif /* WALK_H */
