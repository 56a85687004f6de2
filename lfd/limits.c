// SPDX-License-Identifier: GPL-2.0
/*
 * Where the limits come from:
 *
 *	class		as configured: no model decides nearly always for one class. Not if the
 *			active snapshot does so nearly as often, as then the traffic is such.
 *	drift		the share of rows outside the candidate's calibrated range when it was
 *			judged, and `guard_drift` more: it serves traffic that it was not judged
 *			on. Flows without an end are in no row; so if the active snapshot is
 *			outside its range more often, that counts instead.
 *	saturated	likewise, of inferences with an output of a net at the end of its range,
 *			which the kernel does not count for the active one
 *	outcome		as configured: the mean of a term in the candidate's arm against the
 *			others'. Not by default: the kernel takes values for independent, and those
 *			of one connection's intervals are alike.
 *
 * They are chosen once, when the candidate begins to serve, and are in every record of its trial:
 * later its own decisions would be among those that they are chosen by, and who comes after a kill
 * goes on with what the kernel has.
 */
#include "limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lfctl/lib/out.h"
#include "lfctl/lib/term.h"
#include "log.h"

#define OTHERS	10	/* times the decisions for other classes that the limit requires */

static double class_limit(const struct learner *l)
{
	double most = l->set->guard;

	if (!(most > 0) || !l->collect.layout.n_classes)
		return 0;
	return 1 - l->slot.top_class >= OTHERS * (1 - most) ? most : 0;
}

/* Whatever it does is allowed: no limit. */
static double above(double measured, double more)
{
	return more > 0 && measured + more < 1 ? measured + more : 0;
}

/* fmax() without its NAN: of what was not measured nothing is known. */
static double greater(double judged, double active)
{
	return isnan(judged) ? NAN : fmax(judged, active);
}

void limits_choose(struct learner *l)
{
	const struct settings *s = l->set;

	l->limits = (struct deploy_limits) {
		.top_class = class_limit(l),
		.drift = above(greater(l->judged.drifted, l->slot.drifted), s->guard_drift),
		.saturated = above(l->judged.saturated, s->guard_saturated),
		.outcome = s->guard_outcome.on,
		.term = s->guard_outcome.term,
		.bound = s->guard_outcome.bound,
	};
}

void limits_set(struct learner *l)
{
	if (deploy_limited(&l->limits) &&
	    deploy_limit(l->ask, l->set->slot, l->slot.generation, &l->limits))
		log_warn("slot %s: no guard: %s", l->set->slot, log_complaint());
}

void limits_end(struct learner *l)
{
	if (deploy_limited(&l->limits) &&
	    deploy_limit(l->ask, l->set->slot, l->slot.generation, NULL))
		log_warn("slot %s: %s", l->set->slot, log_complaint());
	memset(&l->limits, 0, sizeof(l->limits));
}

/* --- words --- */

static void add_share(char *text, size_t n, const char *what, double share)
{
	size_t at = strlen(text);

	if (share > 0)
		snprintf(text + at, n - at, "%s %s %.4g%%", at ? "," : "", what, 100 * share);
}

const char *limits_words(const struct learner *l)
{
	const struct deploy_limits *k = &l->limits;
	static char all[256];
	char text[192] = "";
	size_t at;

	add_share(text, sizeof(text), "drift", k->drift);
	add_share(text, sizeof(text), "saturated", k->saturated);
	add_share(text, sizeof(text), "class", k->top_class);
	at = strlen(text);
	if (k->outcome)
		snprintf(text + at, sizeof(text) - at, "%s outcome %s %g", at ? "," : "",
			 terms[k->term].name, k->bound / terms[k->term].steps);
	snprintf(all, sizeof(all), *text ? "; the kernel stops it above%s" : "%s", text);
	return all;
}

/* --- records --- */

void limits_add(struct json_object *o, const struct learner *l)
{
	const struct deploy_limits *k = &l->limits;

	if (k->drift > 0)
		out_add_digits(o, "limit_drift", k->drift);
	if (k->saturated > 0)
		out_add_digits(o, "limit_saturated", k->saturated);
	if (k->top_class > 0)
		out_add_digits(o, "limit_class", k->top_class);
	if (!k->outcome)
		return;
	out_add_str(o, "limit_outcome", terms[k->term].name);
	out_add_u64(o, "limit_bound", k->bound);
}

static double share(struct json_object *o, const char *key)
{
	double v = json_object_get_double(json_object_object_get(o, key));

	return v > 0 && v < 1 ? v : 0;
}

void limits_take(struct learner *l, struct json_object *o)
{
	int term = term_by_name(out_str(o, "limit_outcome"));

	l->limits = (struct deploy_limits) {
		.drift = share(o, "limit_drift"),
		.saturated = share(o, "limit_saturated"),
		.top_class = share(o, "limit_class"),
		.outcome = term >= 0,
		.term = term >= 0 ? term : 0,
		.bound = out_u64(o, "limit_bound"),
	};
}
