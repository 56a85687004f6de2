// SPDX-License-Identifier: GPL-2.0
/*
 * Nets without SIMD: quantise the features, then run the layers from buffer to buffer in the
 * scratch lanes.
 */
#include "model.h"

static void quantise(const struct lq_quant *q, const s32 *x, s16 *lanes, u32 n)
{
	const s32 *end = x + n;

	for (; x < end; x++, q++)
		*lanes++ = lq_quantise(q, *x);
}

static __always_inline void run_stage(const struct lq_stage *st, bool swar, s16 *lanes)
{
	if (st->op != LQ_OP_FC)
		lq_lanes(st, lanes);
	else if (swar)
		lq_fc_swar(st, lanes + st->from, lanes + st->to);
	else
		lq_fc_plain(st, lanes + st->from, lanes + st->to);
}

static __always_inline void run(const struct lq_model *model, bool swar, const s32 *x, s32 *y,
				struct lq_scratch *scratch)
{
	const struct lq_stage *st = model->net.stages, *end = st + model->net.n_stages;
	const s16 *out = scratch->lanes + model->net.out;
	u32 o;

	quantise(model->net.quant, x, scratch->lanes, model->info.n_inputs);
	for (; st < end; st++)
		run_stage(st, swar, scratch->lanes);
	for (o = 0; o < model->info.n_outputs; o++)
		y[o] = out[o];
}

void lq_net_run(const struct lq_model *model, bool swar, const s32 *x, s32 *y,
		struct lq_scratch *scratch)
{
	if (swar && LQ_HAVE_SWAR)
		run(model, true, x, y, scratch);
	else
		run(model, false, x, y, scratch);
}
