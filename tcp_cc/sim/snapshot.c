// SPDX-License-Identifier: GPL-2.0
/* A snapshot as a policy. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../codegen/lfs.h"
#include "net.h"
#include "snapshot.h"

struct sim_snapshot {
	struct lfs *m;
	struct plan_output out;
	/* input of sim_net_input() by number, for each input of the model */
	int source[LQ_MAX_INPUTS];
	u32 den[LQ_MAX_INPUTS];
};

static int source_of(const char *name)
{
	char full[LQ_NAME_LEN];
	int i;

	for (i = 0; i < NET_HISTORY + 3; i++) {
		if (i < NET_HISTORY)
			snprintf(full, sizeof(full), "%s.%d", sim_net_input(i).name, i / 3);
		else
			snprintf(full, sizeof(full), "%s", sim_net_input(i).name);
		if (!strcmp(full, name))
			return i;
	}
	return -1;
}

static bool reads(struct sim_snapshot *s, char *why, size_t size)
{
	struct plan_input in;
	u32 i;

	for (i = 0; i < s->m->info.n_inputs; i++) {
		in = lfs_input(s->m, i);
		s->source[i] = source_of(in.name);
		s->den[i] = in.den;
		if (s->source[i] < 0) {
			snprintf(why, size, "the simulator has no feature %s", in.name);
			return false;
		}
	}
	return true;
}

struct sim_snapshot *sim_snapshot_of(struct lfs *m, char *why, size_t size)
{
	struct sim_snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->m = m;
	s->out = lfs_output(m, 0);
	if (m->info.n_outputs == 1 && m->info.meaning == LQ_MEANING_VALUE) {
		if (reads(s, why, size))
			return s;
	} else {
		snprintf(why, size, "it gives no action: a policy has one output, a value");
	}
	free(s);
	return NULL;
}

bool sim_snapshot_prefers(const struct sim_snapshot *s)
{
	u32 i;

	for (i = 0; i < s->m->info.n_inputs; i++)
		if (s->source[i] >= NET_HISTORY)
			return true;
	return false;
}

struct sim_snapshot *sim_snapshot_open(const char *path)
{
	struct lfs *m = calloc(1, sizeof(*m));
	struct sim_snapshot *s = NULL;
	struct graph_err err;

	if (!m)
		abort();
	if (lfs_read(m, path, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		free(m);
		return NULL;
	}
	s = sim_snapshot_of(m, err.msg, sizeof(err.msg));
	if (!s)
		fprintf(stderr, "%s: %s\n", path, err.msg);
	return s;
}

/*
 * A feature of the kernel: histories are s32 in steps of 1 / LF_ONE, which is what their features
 * have too.
 */
static s32 feature(const struct sim_snapshot *s, u32 i, const struct lf_history *h,
		   const float *preference)
{
	int from = s->source[i];
	const struct lf_features *f = &h->past[from / 3];

	if (from >= NET_HISTORY)
		return lrintf(preference[from - NET_HISTORY] * s->den[i]);
	return from % 3 == 0 ? f->latency_inflation :
	       from % 3 == 1 ? f->latency_ratio :
			       f->send_ratio;
}

s32 sim_snapshot_act(const void *ctx, const struct lf_history *h, const float *preference)
{
	struct sim_snapshot *s = (struct sim_snapshot *)ctx;
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	double a;
	u32 i;

	for (i = 0; i < s->m->info.n_inputs; i++)
		x[i] = feature(s, i, h, preference);
	lfs_infer(s->m, LQ_PATH_SWAR, x, y);
	a = plan_value(&s->out, y[0]);
	return (a > 10 ? 10 : a < -10 ? -10 : a) * LF_ONE;
}
