/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Confidence: how probable a class is against the runner-up alone, p1 / (p1 + p2). Scores of
 * forests whose leaves are all positive are votes, and are taken as the probabilities. Other scores
 * are taken as their logarithms, as training with a softmax or logistic loss produces them. Then
 * the ratio depends only on the margin d, 1 / (1 + e^-d), so only a margin has to be compared. It
 * means what it says only for a model that is calibrated.
 *
 * A rule has its own bound (view.c), a slot has one for all its attachments: a class below that is
 * no verdict (reason `unsure`). Values have no confidence.
 */
#ifndef LF_CONFIDENCE_H
#define LF_CONFIDENCE_H

#include <linux/jump_label.h>
#include "snapshot.h"

#define LF_CONFIDENCE_MAX	99	/* per cent */

/* A bound, resolved for a snapshot. */
struct lf_confidence {
	bool votes;
	s64 least;			/* per cent for votes, else margin; packets read it */
};

/* A slot has a bound. */
DECLARE_STATIC_KEY_FALSE(lf_confidence_key);

/* @percent: 0 for none. No value reaches any bound. Packets may read it meanwhile. */
void lf_confidence_set(struct lf_confidence *c, const struct lf_snapshot *snap, u8 percent);

/* Does a class with output @first, and @margin above the next one, reach the bound? */
static inline bool lf_confident(const struct lf_confidence *c, s64 first, s64 margin)
{
	s64 least = READ_ONCE(c->least);

	if (!c->votes)
		return margin >= least;
	return first * (100 - least) >= (first - margin) * least;
}

#endif /* LF_CONFIDENCE_H */
