// SPDX-License-Identifier: GPL-2.0
/*
 * The last step before a snapshot is registered: it is run. Every path of this machine must match
 * the file's golden vectors bit for bit; then an inference is timed as packets will run it.
 *
 * All in process context, with a chance to reschedule at each vector.
 */
#include "prove.h"

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "model.h"

#define ROUNDS	16	/* the fastest counts: others were interrupted or had cold caches */
#define RUNS	4	/* per round, between two readings of the clock */

static int test_paths(const struct lf_snapshot *snap, struct lq_batch_scratch *scratch,
		      struct lq_err *err)
{
	int path, rc;

	for (path = LQ_PATH_PLAIN; path < LQ_PATHS; path++) {
		if (!lq_path_usable(path))
			continue;
		if (path >= LQ_PATH_AVX2 &&
		    (!lq_path_vectors(snap->model, path) || !lf_simd_usable()))
			continue;	/* the scalar path again, or not usable here */
		rc = lq_selftest(snap->model, snap->file, path, scratch, err);
		if (rc)
			return rc;
	}
	return 0;
}

static const u8 *golden_input(const struct lf_snapshot *snap, const u8 *p, s32 *x)
{
	u32 i;

	for (i = 0; i < snap->n_inputs; i++, p += 4)
		x[i] = (s32)lq_le32(p);
	return p;
}

static const u8 *golden(const struct lf_snapshot *snap)
{
	const struct lq_header *h = lq_file_header(snap->file);

	return (const u8 *)snap->file + lq_le32(&h->sect[LQ_SECT_GOLDEN].off);
}

/* Runs the golden vectors of a snapshot module through its own run(). */
static int test_run(const struct lf_snapshot *snap, struct lq_batch_scratch *scratch,
		    struct lq_err *err)
{
	s32 *x = scratch->x, *y = scratch->y[0];
	const u8 *p = golden(snap);
	u32 g, i;
	int rc = 0;

	for (g = 0; g < snap->info.n_golden && !rc; g++) {
		p = golden_input(snap, p, x);
		snap->run(x, y, &scratch->one);
		for (i = 0; i < snap->n_outputs; i++, p += 4)
			if (y[i] != (s32)lq_le32(p))
				rc = -EBADMSG;
		cond_resched();
	}
	if (rc)
		snprintf(err->msg, sizeof(err->msg),
			 "golden vector %u differs in the module's run()", g - 1);
	return rc;
}

/* Nanoseconds of an inference; at least 1. */
static u32 measure(const struct lf_snapshot *snap, struct lq_batch_scratch *scratch)
{
	s32 *x = scratch->x, *y = scratch->y[0];
	u64 best = U64_MAX, from;
	int round, i;

	golden_input(snap, golden(snap), x);
	for (round = 0; round < ROUNDS; round++) {
		from = ktime_get_ns();
		for (i = 0; i < RUNS; i++)
			lf_model_run(snap, x, y, &scratch->one);
		best = min(best, ktime_get_ns() - from);
		cond_resched();
	}
	return clamp_t(u64, best / RUNS, 1, U32_MAX);
}

int lf_prove(struct lf_snapshot *snap, struct lq_err *err)
{
	/* A power of two, since only those sizes (and whole pages) are aligned to themselves. */
	struct lq_batch_scratch *scratch =
		kvmalloc(roundup_pow_of_two(sizeof(*scratch)), GFP_KERNEL);
	int rc;

	strscpy(err->msg, "out of memory", sizeof(err->msg));
	if (!scratch)
		return -ENOMEM;
	if (snap->run)
		rc = test_run(snap, scratch, err);
	else
		rc = test_paths(snap, scratch, err);
	if (!rc)
		snap->measured_ns = measure(snap, scratch);
	kvfree(scratch);
	return rc;
}
