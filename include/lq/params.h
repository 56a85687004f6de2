/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameters of a slot: numbers that its user sets and that attachments or models read at every
 * interval. One table for kernel and tools.
 *
 * A parameter is an s32; value in the unit = parameter / den. den is 1 or a million, so that the
 * decimal number that a user gives is kept exactly. Parameters that a model can read as an input
 * have a feature "param.NAME" (features.h).
 *
 * P(id, "name", "unit", den, least, greatest, default, "what it is"); least to default in steps of
 * 1 / den
 */
#ifndef LQ_PARAMS_H
#define LQ_PARAMS_H

#include <lq/types.h>

#define LQ_PARAMS(P) \
	P(W_THR, "w_thr", "", 1000000, 0, 1000000, 600000, \
	  "weight of throughput in the preference of a congestion control, 0 to 1") \
	P(W_LAT, "w_lat", "", 1000000, 0, 1000000, 300000, "weight of latency in it") \
	P(W_LOSS, "w_loss", "", 1000000, 0, 1000000, 100000, "weight of loss in it") \
	P(STEP, "step", "", 1000000, 1, 1000000, 25000, \
	  "change of the rate by an action of 1 (Aurora's delta)") \
	P(SHARE, "share", "", 1000000, 0, 1000000, 250000, \
	  "growth beside the actions: evens out shares, finds room; 0: the actions alone") \
	P(CEILING, "ceiling", "", 1000000, 1100000, 1000000000, 4000000, \
	  "latency ratio at which the rate goes down whatever the policy says") \
	P(RATE_MIN, "rate_min", "kbit/s", 1, 0, 1000000000, 0, \
	  "least sending rate of a connection") \
	P(RATE_MAX, "rate_max", "kbit/s", 1, 1, 1000000000, 1000000000, \
	  "greatest sending rate of a connection")

enum lq_param {
#define LQ_PARAM_ENUM(id, name, unit, den, least, greatest, def, doc) LQ_P_##id,
	LQ_PARAMS(LQ_PARAM_ENUM)
#undef LQ_PARAM_ENUM
	LQ_N_PARAMS
};

struct lq_param_desc {
	const char *name;
	const char *unit;
	u32 den;
	s32 least;
	s32 greatest;
	s32 def;
	const char *doc;
};

/* Defined once per program or module by LQ_PARAM_TABLE. */
extern const struct lq_param_desc lq_params[LQ_N_PARAMS];

#define LQ_PARAM_ROW(id, name, unit, den, least, greatest, def, doc) \
	[LQ_P_##id] = { name, unit, den, least, greatest, def, doc },
#define LQ_PARAM_TABLE \
	const struct lq_param_desc lq_params[LQ_N_PARAMS] = { LQ_PARAMS(LQ_PARAM_ROW) }

/* Index of a parameter by its name, or -1. */
static inline int lq_param_by_name(const char *name)
{
	int i;

	for (i = 0; i < LQ_N_PARAMS; i++)
		if (!strcmp(lq_params[i].name, name))
			return i;
	return -1;
}

#endif /* LQ_PARAMS_H */
