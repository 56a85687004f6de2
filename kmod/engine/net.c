// SPDX-License-Identifier: GPL-2.0
/* Nets without SIMD: quantise the features, run the layers from one half of the scratch lanes to the other. */
#include "model.h"

static void quantise(const struct lq_quant *q, const s32 *x, s16 *lanes, u32 n)
{
	const s32 *end = x + n;

	for (; x < end; x++, q++)
		*lanes++ = lq_quantise(q, *x);
}

static __always_inline void run_stage(const struct lq_stage *st, bool swar, const s16 *from, s16 *to)
{
	if (st->op == LQ_OP_TABLE)
		lq_table_lanes(st, from, to);
	else if (swar)
		lq_fc_swar(st, from, to);
	else
		lq_fc_plain(st, from, to);
}

static __always_inline void run(const struct lq_model *model, bool swar, const s32 *x, s32 *y,
				struct lq_scratch *scratch)
{
	const struct lq_stage *st = model->net.stages, *end = st + model->net.n_stages;
	s16 *from = scratch->lanes[0], *to = scratch->lanes[1], *done;
	u32 o;

	quantise(model->net.quant, x, from, model->info.n_inputs);
	for (; st < end; st++) {
		run_stage(st, swar, from, to);
		done = to;
		to = from;
		from = done;
	}
	for (o = 0; o < model->info.n_outputs; o++)
		y[o] = from[o];
}

void lq_net_run(const struct lq_model *model, bool swar, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	if (swar && LQ_HAVE_SWAR)
		run(model, true, x, y, scratch);
	else
		run(model, false, x, y, scratch);
}
