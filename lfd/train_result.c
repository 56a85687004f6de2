// SPDX-License-Identifier: GPL-2.0
/* What trainings of classes and of policies share: files, and checks and report of the result. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "lfctl/lib/out.h"
#include "train.h"

const char *train_path(const struct train *t, const char *name)
{
	static char path[4][PATH_MAX];
	static int at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", t->dir, name);
	return path[at];
}

int train_accept(struct train *t)
{
	char hash[2 * LQ_HASH_LEN + 1];

	if (t->budget_ns && t->new.info.ns > t->budget_ns)
		return util_fail(&t->err,
				 "an inference is estimated to take %u ns, the slot's budget is %u",
				 t->new.info.ns, t->budget_ns);
	if (lfs_selftest(&t->new, &t->err))
		return -1;
	lfs_hash(&t->new, hash);
	out_add_str(t->report, "hash", hash);
	out_add_u64(t->report, "ns", t->new.info.ns);
	return 0;
}

int train_hand_over(struct train *t, const char *reason)
{
	if (util_write(train_path(t, "candidate.lfs"), t->new.file, t->new.len, &t->err))
		return -1;
	return *reason ? util_fail(&t->err, "%s", reason) : 0;
}

void train_tell_losses(struct train *t, const struct train_losses *l)
{
	out_add_digits(t->report, "loss_before", l->old);
	out_add_digits(t->report, "loss", l->new);
	out_add_digits(t->report, "difference", l->diff);
	out_add_digits(t->report, "difference_lo", l->lo);
	out_add_digits(t->report, "difference_hi", l->hi);
}
