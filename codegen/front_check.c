// SPDX-License-Identifier: GPL-2.0
/*
 * Values that a feature cannot have: they show that rows are in a unit other than their feature's,
 * and that a model would be calibrated for values that the kernel never computes.
 *
 * Between steps means by more than a twentieth of a step, and more than float32 rounding and
 * undoing the scaler explain. Features with steps finer than 1/256 are not checked: any value is
 * close to a step.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/features.h>

#include "front.h"
#include "util.h"

#define COARSE_DEN	256		/* finer steps are not checked */
#define OFF_GRID	0.05		/* of a step */
#define FLOAT_EPS	ldexp(1, -22)
#define FEW_ROWS	20		/* with fewer, all may be whole by chance */

struct bounds {
	double lo, hi;
};

/* In values. Features are not negative unless listed here. */
static const struct {
	const char *name;
	struct bounds b;
} bounds[] = {
	{ "cc.latency_inflation.", { -INFINITY, INFINITY } },
	{ "cc.ack_inflation", { -INFINITY, INFINITY } },
	{ "flow.original", { -1, 1 } },
	{ "flow.tcp_flags", { 0, 255 } },
	{ "flow.tcp_window0", { 0, 65535 } },
	{ "flow.small_share", { 0, 1 } },
	{ "flow.large_share", { 0, 1 } },
	{ "flow.empty_share", { 0, 1 } },
	{ "flow.psh_share", { 0, 1 } },
	{ "flow.midstream", { 0, 1 } },
	{ "pkt.proto", { 0, 255 } },
	{ "pkt.dscp", { 0, 63 } },
	{ "pkt.ecn", { 0, 3 } },
	{ "pkt.ttl", { 0, 255 } },
	{ "pkt.sport", { 0, 65535 } },
	{ "pkt.dport", { 0, 65535 } },
	{ "pkt.tcp_flags", { 0, 255 } },
	{ "pkt.tcp_window", { 0, 65535 } },
	{ "pkt.fragment", { 0, 1 } },
	{ "pkt.vlan", { 0, 1 } },
	{ "sock.local", { 0, 1 } },
};

static struct bounds bounds_of(const struct lq_feature_desc *d)
{
	struct bounds b = { 0, INFINITY };
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		n = strlen(bounds[i].name);
		if (!strncmp(d->name, bounds[i].name, n) &&
		    (!d->name[n] || bounds[i].name[n - 1] == '.'))
			b = bounds[i].b;
	}
	b.lo = fmax(b.lo, (double)INT32_MIN * d->num / d->den);
	b.hi = fmin(b.hi, (double)INT32_MAX * d->num / d->den);
	return b;
}

/* slack: the inaccuracy of the value itself. */
static bool on_grid(const struct lq_feature_desc *d, double value, double slack)
{
	double raw = value * d->den / d->num;

	return fabs(raw - rint(raw)) <= OFF_GRID + slack * d->den / d->num;
}

static int refuse(const char *what, size_t r, uint32_t i, const struct lq_feature_desc *d,
		  double value, struct bounds b, struct graph_err *err)
{
	char why[64];

	if (value < b.lo && b.lo == 0)
		snprintf(why, sizeof(why), "is never negative");
	else if (value < b.lo || value > b.hi)
		snprintf(why, sizeof(why), "is %g to %g", b.lo, b.hi);
	else if (d->den == 1)
		snprintf(why, sizeof(why), "is a whole number");
	else
		snprintf(why, sizeof(why), "has steps of 1/%u (--round takes the nearest)", d->den);
	return util_fail(err, "%s: row %zu, column %u: %s cannot be %g, it %s: rows must be in "
			 "the features' units",
			 what, r + 1, i + 1, d->name, value, why);
}

/* Checks for a column; a column without a feature is not checked. */
struct column {
	const struct lq_feature_desc *d;
	struct bounds b;
	double s, t;
	bool scaled, grid;
};

static struct column column_of(const char *name, bool grid, const double *s, const double *t,
			       uint32_t i)
{
	struct column c = { .s = s ? s[i] : 1, .t = s ? t[i] : 0, .scaled = s };
	int id = lq_feature_by_name(name);

	if (id < 0)
		return c;
	c.d = &lq_features[id];
	c.b = bounds_of(c.d);
	c.grid = grid && c.d->den <= COARSE_DEN;
	return c;
}

static bool can_be(const struct column *c, double in, double *value)
{
	double slack = FLOAT_EPS * (c->scaled ? (fabs(in) + fabs(c->t)) / fabs(c->s) : fabs(in));
	double room = slack + (c->scaled || !c->grid ? 0.5 * c->d->num / c->d->den : 0);

	*value = (in - c->t) / c->s;
	return *value >= c->b.lo - room && *value <= c->b.hi + room &&
	       (!c->grid || on_grid(c->d, *value, slack));
}

int front_check(const struct rows *rows, const char *what, char (*names)[LQ_NAME_LEN], bool grid,
		const double *s, const double *t, struct graph_err *err)
{
	struct column *c = util_alloc(rows->cols, sizeof(*c));
	double value;
	uint32_t i;
	size_t r;
	int ret = 0;

	for (i = 0; i < rows->cols; i++)
		c[i] = column_of(names[i], grid, s, t, i);
	for (r = 0; !ret && r < rows->n; r++)
		for (i = 0; !ret && i < rows->cols; i++)
			if (c[i].d && !can_be(&c[i], rows_at(rows, r)[i], &value))
				ret = refuse(what, r, i, c[i].d, value, c[i].b, err);
	free(c);
	return ret;
}

/* Steps finer than 1, and neither a row between two whole numbers nor all rows the same. */
static bool whole_column(const struct rows *rows, uint32_t i)
{
	bool varies = false;
	size_t r;
	double v;

	for (r = 0; r < rows->n; r++) {
		v = rows_at(rows, r)[i];
		if (v != rint(v))
			return false;
		varies |= v != rows_at(rows, 0)[i];
	}
	return varies && rows->n >= FEW_ROWS;
}

int front_whole(const struct rows *rows, char (*names)[LQ_NAME_LEN])
{
	uint32_t i;
	int id;

	for (i = 0; i < rows->cols; i++) {
		id = lq_feature_by_name(names[i]);
		if (id >= 0 && lq_features[id].den > 1 && whole_column(rows, i))
			return i;
	}
	return -1;
}

int front_refuse_whole(const struct rows *rows, const char *what, char (*names)[LQ_NAME_LEN],
		       struct graph_err *err)
{
	uint32_t i;
	int id;

	for (i = 0; rows->whole && i < rows->cols; i++) {
		id = lq_feature_by_name(names[i]);
		if (id >= 0 && lq_features[id].den > 1)
			return util_fail(err, "%s holds integers, and %s has steps of 1/%u: say "
					 "--raw-features if they are raw, else save them as floats",
					 what, names[i], lq_features[id].den);
	}
	return 0;
}
