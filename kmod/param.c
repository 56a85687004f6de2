// SPDX-License-Identifier: GPL-2.0
#include "param.h"

#include <linux/math64.h>

LQ_PARAM_TABLE;

#define MILLION	1000000

void lf_params_init(struct lf_params *p)
{
	int i;

	for (i = 0; i < LQ_N_PARAMS; i++)
		p->v[i] = lq_params[i].def;
}

static s64 millionths_of(s32 v, u32 den)
{
	return div_s64((s64)v * MILLION, den);
}

/* The nearest step; |millionths| < 2^31 * MILLION, so in parts: whole * den < 2^51. */
static s64 steps_of(s64 millionths, u32 den)
{
	s32 rest;
	s64 whole = div_s64_rem(millionths, MILLION, &rest);

	return whole * den +
	       div_s64((s64)rest * den + (rest < 0 ? -MILLION / 2 : MILLION / 2), MILLION);
}

/* "0.025": for messages. */
static const char *param_decimal(s64 millionths, char text[32])
{
	s32 rest;
	s64 whole = div_s64_rem(millionths, MILLION, &rest);
	int n = snprintf(text, 32, "%lld.%06d", whole, rest < 0 ? -rest : rest);

	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[--n] = '\0';
	return text;
}

static int out_of_range(const struct lq_param_desc *d, struct netlink_ext_ack *extack)
{
	char least[32], greatest[32];

	lf_extack(extack, "parameter %s must be %s to %s%s%s", d->name,
		  param_decimal(millionths_of(d->least, d->den), least),
		  param_decimal(millionths_of(d->greatest, d->den), greatest), *d->unit ? " " : "",
		  d->unit);
	return -ERANGE;
}

int lf_params_want(struct lf_params_set *set, const char *name, const s64 *millionths,
		   struct netlink_ext_ack *extack)
{
	const struct lq_param_desc *d;
	int i = lq_param_by_name(name);
	s64 v;

	if (i < 0) {
		lf_extack(extack, "there is no parameter %s: lfctl slot param lists them", name);
		return -ENOENT;
	}
	d = &lq_params[i];
	if (millionths &&
	    (*millionths < S32_MIN * (s64)MILLION || *millionths > S32_MAX * (s64)MILLION))
		return out_of_range(d, extack);
	v = millionths ? steps_of(*millionths, d->den) : d->def;
	if (v < d->least || v > d->greatest)
		return out_of_range(d, extack);
	set->set[i] = true;
	set->to.v[i] = v;
	return 0;
}

void lf_params_apply(struct lf_params *p, const struct lf_params_set *set)
{
	int i;

	for (i = 0; i < LQ_N_PARAMS; i++)
		if (set->set[i])
			WRITE_ONCE(p->v[i], set->to.v[i]);
}

void lf_params_read(const struct lf_params *p, struct lf_params *copy)
{
	int i;

	for (i = 0; i < LQ_N_PARAMS; i++)
		copy->v[i] = READ_ONCE(p->v[i]);
}

s64 lf_param_millionths(const struct lf_params *p, enum lq_param i)
{
	return millionths_of(READ_ONCE(p->v[i]), lq_params[i].den);
}
