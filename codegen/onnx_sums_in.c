// SPDX-License-Identifier: GPL-2.0
/* Values as sums: inputs of a node, and its output. */
#include <math.h>

#include "onnx_forest.h"

int onnx_put_sums(struct onnx_ctx *c, size_t output, const struct onnx_sums *s,
		  const struct onnx_shape *shape, int type)
{
	struct onnx_value v = { .kind = ONNX_SUMS,
				.t = { .type = type, .shape = *shape, .n = s->n },
				.sums = s };

	return onnx_put(c, output, &v);
}

/* Lane i is factor * input + c, or a constant (factor 0): an input, scaled, or chosen by a matrix.
 */
static int onnx_lane_input(struct onnx_ctx *c, const struct onnx_value *x, uint32_t i,
			   double *factor, double *add, uint32_t *input)
{
	struct graph_part lane = graph_chain_lane(&x->chain, i), part = { 0 };
	const struct graph_layer *l;
	uint32_t k, n = 0;
	const double *w;

	*factor = x->chain.s ? x->chain.s[i] : 1;
	*add = x->chain.t ? x->chain.t[i] : 0;
	*input = lane.first;
	if (!lane.value)
		return 0;
	l = &c->g->layers[lane.value - 1];
	if (l->op != GRAPH_FC || !l->w || l->act != GRAPH_ACT_NONE || !isnan(l->range_lo))
		return -1;
	w = l->w + (size_t)lane.first * l->n_in;
	*add += *factor * l->b[lane.first];
	for (k = 0; k < l->n_in; k++)
		n += w[k] != 0;
	for (k = 0; k + 1 < l->n_in && !w[k]; k++)
		;
	*factor *= w[k];
	*input = k;
	if (n > 1)
		return -1;
	for (n = 0; graph_part_of(c->g, &l->x, lane.value - 1, n, &part); k -= part.n, n++)
		if (part.value)
			return -1;
		else if (k < part.n)
			break;
	*input = part.first + k;
	c->grove->tested[lane.value - 1] = 1;
	return 0;
}

struct onnx_sums *onnx_sums_of(struct onnx_ctx *c, const struct onnx_value *x)
{
	struct onnx_sums *s = onnx_sums_new(c, x->chain.n);
	double factor, add;
	uint32_t i, input;

	for (i = 0; s && i < s->n; i++) {
		if (onnx_lane_input(c, x, i, &factor, &add, &input)) {
			onnx_fail(c, "number %u of '%.64s' is computed from several inputs: trees "
				  "test one at a time",
				  i, x->name);
			return NULL;
		}
		s->sum[i].c = add;
		s->sum[i].term = onnx_sums_mem(c, 1, sizeof(struct onnx_term));
		if (!s->sum[i].term)
			return NULL;
		s->sum[i].n = factor != 0;
		*s->sum[i].term = (struct onnx_term) { ONNX_INPUT + input, factor, NULL };
	}
	return s;
}

/* An input of the node: sums, or a constant as such. */
const struct onnx_sums *onnx_sums_in(struct onnx_ctx *c, size_t i)
{
	struct onnx_value *v = c->in[i];
	struct onnx_sums *s;
	size_t k;

	if (v->kind == ONNX_SUMS)
		return v->sums;
	if (v->kind == ONNX_TIP)
		return onnx_sums_of(c, v);
	if (v->kind != ONNX_CONST) {
		onnx_fail(c, "it cannot take %s ('%.64s')", onnx_kind_name(v->kind), v->name);
		return NULL;
	}
	s = onnx_sums_new(c, v->t.n);
	for (k = 0; s && k < v->t.n; k++)
		s->sum[k].c = v->t.v[k];
	return s;
}
