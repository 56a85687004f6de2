/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is a candidate worth a swap? LiteFlow's necessity condition, and more: it must be better on flows
 * that it was not trained on.
 */
#ifndef LFD_JUDGE_H
#define LFD_JUDGE_H

#include "dataset.h"
#include "incumbent.h"
#include "settings.h"

struct judge_report {
	size_t compared;	/* rows for which both have an answer */
	/* share of other decisions of classes, mean difference of values over their range */
	double fidelity;
	size_t flows;		/* held out, labelled */
	double loss_old, loss_new;	/* on these, each flow once */
	double diff, lo, hi;	/* new minus old, and the interval that holds it */
	double importance[LQ_MAX_INPUTS];
	size_t seen;		/* rows that the next two are shares of */
	double drifted;		/* with an input outside the candidate's calibrated range */
	double saturated;	/* a net's: with an output at the end of its range; else NAN */
	char reason[256];	/* why not, or "" */
	bool undecided;		/* more flows may show it to be better */
};

void judge(const struct dataset *d, struct incumbent *old, struct lfs *new,
	   const struct settings *s, struct judge_report *r);

#endif /* LFD_JUDGE_H */
