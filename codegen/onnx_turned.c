// SPDX-License-Identifier: GPL-2.0
/* Values whose rows are not first in the file: operators that turn them back, or pick from them. */
#include <math.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_import.h"
#include "util.h"

static bool onnx_perm_is(struct onnx_ctx *c, const char *want)
{
	const Onnx__Attribute *a = onnx_attr(c, "perm");
	size_t i;

	for (i = 0; a && i < a->n_ints && want[i]; i++)
		if (a->ints[i] != want[i] - '0')
			return false;
	return a && i == a->n_ints && !want[i];
}

int onnx_turn(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_value y = *x;

	if (!onnx_perm_is(c, "102"))
		return 1;
	if (x->turned == ONNX_DIRECTION_FIRST) {	/* [1, rows, n] to [rows, 1, n] */
		y.t.shape = (struct onnx_shape) { .rank = 3, .dims = { 1, 1, x->t.shape.dims[1] } };
		y.turned = 0;
	} else {
		y.turned = x->turned ? 0 : ONNX_TIME_FIRST;
	}
	return onnx_put(c, 0, &y);
}

/* The one axis of a Squeeze, as the file counts. */
static int64_t onnx_turned_axis(struct onnx_ctx *c, int rank)
{
	const Onnx__Attribute *a = onnx_attr(c, "axes");
	const struct onnx_tensor *t = onnx_in(c, 1);

	if (a ? a->n_ints != 1 : !t || t->n != 1)
		return -1;
	return onnx_axis(NULL, a ? a->ints[0] : fabs(t->v[0]) < 100 ? (int64_t)t->v[0] : 100, rank);
}

/* The last (or another) step of [time, rows, n]; the one direction of [1, rows, n]. */
static int onnx_turned_gather(struct onnx_ctx *c, struct onnx_value *x)
{
	const struct onnx_tensor *t = onnx_in(c, 1);
	int64_t n = x->t.shape.dims[x->t.shape.rank - 1],
		steps = x->turned == ONNX_TIME_FIRST ? x->t.shape.dims[1] : 1, at, i;
	struct onnx_value y = *x;
	uint32_t lane[LQ_MAX_WIDTH];
	int rc;

	if (!t || t->n != 1 || t->shape.rank || onnx_attr_i(c, "axis", 0) || n > LQ_MAX_WIDTH ||
	    !(fabs(t->v[0]) <= steps))
		return onnx_fail(c, "only one step of a recurrent layer's output can be selected, "
				 "by its number");
	at = t->v[0] < 0 ? (int64_t)t->v[0] + steps : (int64_t)t->v[0];
	if (at >= steps)
		return onnx_fail(c, "step %lld of %lld", (long long)at, (long long)steps);
	for (i = 0; i < n; i++)
		lane[i] = at * n + i;
	rc = onnx_step(c, graph_chain_pick(&c->chain, onnx_node_name(c), lane, n));
	y.turned = 0;
	y.t.shape = (struct onnx_shape) { .rank = 2, .dims = { 1, n } };
	y.t.n = n;
	return rc ? rc : onnx_put(c, 0, &y);
}

int onnx_turned(struct onnx_ctx *c, struct onnx_value *x)
{
	const char *op = c->node->op_type;
	struct onnx_value y = *x;
	int rc;

	if (!strcmp(op, "Identity"))
		return onnx_put(c, 0, x);
	if (!strcmp(op, "Transpose") && x->turned != ONNX_TIME_DIRECTION) {
		rc = onnx_turn(c, x);
		return rc > 0 ? onnx_fail(c, "only the first two dimensions are exchanged") : rc;
	}
	if (!strcmp(op, "Gather") && x->turned != ONNX_TIME_DIRECTION)
		return onnx_turned_gather(c, x);
	if (!strcmp(op, "Squeeze") && x->turned == ONNX_TIME_DIRECTION &&
	    onnx_turned_axis(c, 4) == 1) {
		y.turned = ONNX_TIME_FIRST;
		return onnx_put(c, 0, &y);
	}
	if (!strcmp(op, "Squeeze") && x->turned == ONNX_DIRECTION_FIRST &&
	    onnx_turned_axis(c, 3) == 0) {
		y.turned = 0;
		return onnx_put(c, 0, &y);
	}
	return onnx_fail(c, "rows are not the first dimension of '%.64s', which a recurrent layer "
			 "makes or reads: put a Squeeze and a Transpose (perm 1, 0, 2) in front",
			 x->name);
}
