// SPDX-License-Identifier: GPL-2.0
/*
 * lfd-train for policies:
 *
 *	DIR/paths, the active snapshot -> scenes -> tune() -> policy_freeze() -> contest()
 *	-> DIR/candidate.lfs, DIR/candidate.json
 *
 * Its rewards are negative losses, so that the report reads as that of other kinds.
 */
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "contest.h"
#include "lfctl/lib/out.h"
#include "policy.h"
#include "tcp_cc/sim/snapshot.h"
#include "train.h"
#include "tune.h"

static const char *const origins[] = {
	[TUNE_FROM_NET] = "the parameters of the last training",
	[TUNE_FROM_START] = "the file that start names",
	[TUNE_FROM_IMITATION] = "a net that imitates the active snapshot",
};

static int look(struct train *t, struct paths *paths, struct scenes *scenes)
{
	char why[256];

	if (paths_look(paths, train_path(t, "paths"), why, sizeof(why)))
		return util_fail(&t->err, "%s", why);
	scenes_make(scenes, paths, t->s.anchor, t->since);
	out_add_u64(t->report, "paths", paths->n);
	out_add_u64(t->report, "paths_to_train", scenes->n_train);
	out_add_u64(t->report, "paths_recent", scenes->n_recent);
	if (!scenes->n_held || (!t->offered && !scenes->n_train))
		return util_fail(&t->err, "too few measured paths to train on some and "
					  "judge by others");
	return 0;
}

static struct sim_snapshot *serving(struct train *t)
{
	struct sim_snapshot *s;
	char why[256];

	if (incumbent_read(&t->old, train_path(t, "incumbent.json"), &t->err))
		return NULL;
	if (!t->old.loaded) {
		util_fail(&t->err, "the file of the active snapshot is not known, so it "
				   "cannot be run in the simulator ([learner] snapshot = FILE)");
		return NULL;
	}
	s = sim_snapshot_of(&t->old.m, why, sizeof(why));
	if (!s)
		util_fail(&t->err, "the active snapshot: %s", why);
	return s;
}

static int make_candidate(struct train *t, struct scenes *scenes, struct sim_snapshot *old)
{
	struct tune_result r = { 0 };
	struct sim_net net;
	double error;

	if (t->offered)
		return lfs_read(&t->new, t->offered, &t->err);
	if (tune(scenes, &t->s, train_path(t, "net"), old, &net, &r, &t->err))
		return -1;
	out_add_str(t->report, "from", origins[r.from]);
	if (r.from == TUNE_FROM_IMITATION)
		out_add_digits(t->report, "imitation_error", r.imitated);
	out_add_u64(t->report, "generations", r.generations);
	out_add_digits(t->report, "train_reward_before", r.reward_before);
	out_add_digits(t->report, "train_reward", r.reward);
	if (sim_net_save(&net, train_path(t, "candidate.net")))
		return util_fail(&t->err, "%s: %m", train_path(t, "candidate.net"));
	if (policy_freeze(&net, scenes, t->name, &t->new, &error, &t->err))
		return -1;
	out_add_digits(t->report, "quant_error", error);
	return 0;
}

static void tell(struct train *t, const struct contest_report *r)
{
	out_add_u64(t->report, "held_out_flows", r->paths);
	out_add_u64(t->report, "scenes", r->scenes);
	train_tell_losses(t, &(struct train_losses){ -r->reward_old, -r->reward_new, r->diff,
						     r->lo, r->hi });
	out_add_digits(t->report, "goodput_before", r->goodput_old);
	out_add_digits(t->report, "goodput", r->goodput_new);
	out_add_digits(t->report, "queue_p95_us_before", r->queue_old);
	out_add_digits(t->report, "queue_p95_us", r->queue_new);
	out_add_bool(t->report, "undecided", r->undecided);
}

static int judge_policy(struct train *t, struct scenes *scenes, struct sim_snapshot *old)
{
	struct contest_report r;
	struct sim_snapshot *new;
	char why[256];

	new = sim_snapshot_of(&t->new, why, sizeof(why));
	if (!new)
		return util_fail(&t->err, "%s", why);
	contest(scenes, old, new, &t->s, t->s.time, &r);
	free(new);
	tell(t, &r);
	return train_hand_over(t, r.reason);
}

int train_policy(struct train *t)
{
	static struct paths paths;
	static struct scenes scenes;
	struct sim_snapshot *old;
	int ret;

	if (look(t, &paths, &scenes))
		return -1;
	old = serving(t);
	if (!old)
		return -1;
	ret = make_candidate(t, &scenes, old) || train_accept(t) ||
	      judge_policy(t, &scenes, old) ? -1 : 0;
	free(old);
	return ret;
}
