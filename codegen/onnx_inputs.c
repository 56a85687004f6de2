// SPDX-License-Identifier: GPL-2.0
/* What precedes the first node of an ONNX file: operator sets, initialisers, inputs. */
#include <string.h>
#include <lq/format.h>

#include "onnx_import.h"
#include "util.h"

/*
 * Before operator set 7, arithmetic broadcast by an attribute, and others had attributes of their
 * own. Operators that pass their input on have not changed, nor have some functions; so trees
 * (which have their own set) may come with any.
 */
static bool onnx_only_passes(const struct onnx_ctx *c)
{
	static const char *const pass[] = {
		"Identity",    "Flatten",  "Cast",     "Elu",           "Selu",
		"HardSigmoid", "Softplus", "Softsign", "GlobalMaxPool", "GlobalAveragePool"
	};
	const Onnx__Graph *g = c->model->graph;
	size_t i, k;

	for (i = 0; g && i < g->n_node; i++) {
		if (!onnx_domain_is(g->node[i]->domain, ""))
			continue;
		for (k = 0; k < ARRAY_SIZE(pass) &&
			    strcmp(pass[k], g->node[i]->op_type ? g->node[i]->op_type : "");
		     k++)
			;
		if (k == ARRAY_SIZE(pass))
			return false;
	}
	return g && g->n_node;
}

int onnx_read_opsets(struct onnx_ctx *c)
{
	const Onnx__OpsetId *o;
	size_t i;

	for (i = 0; i < c->model->n_opset_import; i++) {
		o = c->model->opset_import[i];
		if (onnx_domain_is(o->domain, ""))
			c->opset = o->version;
		else if (!strcmp(o->domain, "ai.onnx.ml"))
			c->opset_ml = o->version;
	}
	if (!c->opset && c->opset_ml)	/* a file of trees only may leave it out */
		c->opset = ONNX_MIN_OPSET;
	c->opset_said = c->opset;
	if (c->opset > 0 && c->opset < ONNX_MIN_OPSET && onnx_only_passes(c))
		c->opset = ONNX_MIN_OPSET;
	if (c->opset < ONNX_MIN_OPSET || c->opset > ONNX_MAX_OPSET)
		return onnx_fail(c, "operator set %lld is not one of %d to %d", (long long)c->opset,
				 ONNX_MIN_OPSET, ONNX_MAX_OPSET);
	return 0;
}

int onnx_load_initialisers(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;
	struct onnx_value *v;
	size_t i;

	for (i = 0; i < g->n_initializer; i++) {
		v = onnx_new_value(c, g->initializer[i]->name);
		if (!v || onnx_tensor_load(c, g->initializer[i], &v->t))
			return -1;
		v->kind = ONNX_CONST;
	}
	return 0;
}

/* A large fixed batch size is treated like a variable one: all rows are alike. */
static void onnx_any_batch(struct onnx_shape *s)
{
	size_t n = 1;
	int i;

	for (i = 0; i < s->rank && n <= ONNX_MAX_ELEMS; i++)
		n *= s->dims[i] < ONNX_MAX_ELEMS ? s->dims[i] : ONNX_MAX_ELEMS;
	if (s->rank > 1 && n > ONNX_MAX_ELEMS)
		s->dims[0] = 1;
}

static int onnx_input_shape(struct onnx_ctx *c, const Onnx__ValueInfo *info, struct onnx_tensor *t)
{
	const Onnx__TensorType *type = info->type ? info->type->tensor_type : NULL;
	const Onnx__Shape *shape = type ? type->shape : NULL;
	size_t i;

	if (!shape)
		return onnx_fail(c, "input '%.64s' is not a tensor with a shape", info->name);
	if (shape->n_dim > ONNX_MAX_RANK)
		return onnx_fail(c, "input '%.64s' has %zu dimensions, more than %d", info->name,
				 shape->n_dim, ONNX_MAX_RANK);
	t->type = type->elem_type;
	t->shape.rank = shape->n_dim;
	for (i = 0; i < shape->n_dim; i++) {
		t->shape.dims[i] = shape->dim[i]->has_dim_value ? shape->dim[i]->dim_value : 0;
		if (t->shape.dims[i] > 0)
			continue;
		if (i || shape->n_dim < 2)
			return onnx_fail(c, "input '%.64s': dimension %zu has no size", info->name,
					 i);
		t->shape.dims[i] = 1;
	}
	if (t->type < ONNX_FLOAT || t->type > ONNX_UINT64 || t->type == 8 || t->type == ONNX_BOOL)
		return onnx_fail(c, "input '%.64s' has element type %d, which is not a number",
				 info->name, t->type);
	onnx_any_batch(&t->shape);
	return onnx_shape_count(c, &t->shape, &t->n);
}

int onnx_load_inputs(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;
	struct onnx_value *v;
	size_t i;

	c->inputs = util_alloc(g->n_input, sizeof(*c->inputs));
	for (i = 0; i < g->n_input; i++) {
		/* Up to IR version 3 each initialiser was listed as an input, too. */
		v = g->input[i]->name ? onnx_find(c, g->input[i]->name) : NULL;
		if ((v && v->kind == ONNX_CONST) || (!c->read[i] && g->n_input > 1))
			continue;
		v = onnx_new_value(c, g->input[i]->name);
		if (!v || onnx_input_shape(c, g->input[i], &v->t))
			return -1;
		v->kind = ONNX_TIP;
		c->inputs[c->n_inputs++] = v;
	}
	return c->n_inputs ? 0 : onnx_fail(c, "the graph has no input");
}
