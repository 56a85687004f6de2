// SPDX-License-Identifier: GPL-2.0
/*
 * The context of an ONNX import: messages that name the node, values by name, and the inputs and
 * outputs of the current node.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_import.h"
#include "util.h"

const char *onnx_node_name(const struct onnx_ctx *c)
{
	static char name[80];

	if (c->node->name && *c->node->name)
		snprintf(name, sizeof(name), "%.64s", c->node->name);
	else
		snprintf(name, sizeof(name), "%.40s_%zu", c->node->op_type ? c->node->op_type : "",
			 c->index);
	return name;
}

static int onnx_vfail(struct onnx_ctx *c, const char *fmt, va_list ap)
{
	const char *type;
	char why[384];

	vsnprintf(why, sizeof(why), fmt, ap);
	c->err->node = c->node ? c->index + 1 : 0;
	if (!c->node)
		return util_fail(c->err, "%.256s: %s", c->what, why);
	type = c->node->op_type ? c->node->op_type : "";
	if (c->node->name && *c->node->name)
		return util_fail(c->err, "%.256s: node '%.64s' (%.40s): %s", c->what, c->node->name,
				 type, why);
	return util_fail(c->err, "%.256s: node %zu (%.40s): %s", c->what, c->index, type, why);
}

int onnx_fail(struct onnx_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	onnx_vfail(c, fmt, ap);
	va_end(ap);
	return -1;
}

int onnx_ended(struct onnx_ctx *c, const char *op)
{
	return onnx_fail(c, "nothing that computes may follow %.40s: export the model without it",
			 op);
}

int onnx_step(struct onnx_ctx *c, int rc)
{
	struct graph_err why;

	if (rc) {
		why = *c->err;
		onnx_fail(c, "%s", why.msg);
	}
	return rc;
}

/* --- values by name --- */

static uint32_t onnx_hash(const char *s)
{
	uint32_t h = 2166136261u;

	while (*s)
		h = (h ^ (uint8_t)*s++) * 16777619u;
	return h % ONNX_BUCKETS;
}

struct onnx_value *onnx_find(const struct onnx_ctx *c, const char *name)
{
	struct onnx_value *v = c->bucket[onnx_hash(name)];

	while (v && strcmp(v->name, name))
		v = v->next;
	return v;
}

struct onnx_value *onnx_new_value(struct onnx_ctx *c, const char *name)
{
	struct onnx_value **head, *v;

	if (!name || !*name) {
		onnx_fail(c, "a value has no name");
		return NULL;
	}
	if (onnx_find(c, name)) {
		onnx_fail(c, "value '%.64s' is defined twice", name);
		return NULL;
	}
	head = &c->bucket[onnx_hash(name)];
	v = util_alloc(1, sizeof(*v));
	v->name = name;
	v->next = *head;
	*head = v;
	return v;
}

void onnx_free_values(struct onnx_ctx *c)
{
	struct onnx_value *v, *next;
	size_t i;

	for (i = 0; i < ONNX_BUCKETS; i++)
		for (v = c->bucket[i]; v; v = next) {
			next = v->next;
			free(v->t.v);
			if (v->owner)
				graph_chain_drop(&v->chain);
			free(v);
		}
}

const char *onnx_kind_name(enum onnx_kind kind)
{
	static const char *const name[] = {
		[ONNX_CONST] = "a constant",
		[ONNX_TIP] = "real numbers",
		[ONNX_QUANTISED] = "quantised integers",
		[ONNX_SCORES] = "class scores",
		[ONNX_LABEL] = "a class label",
		[ONNX_SUMS] = "sums of trees",
	};

	return name[kind];
}

const struct onnx_value *onnx_output(struct onnx_ctx *c, const char *name)
{
	const struct onnx_value *v = name ? onnx_find(c, name) : NULL;

	if (!v)
		onnx_fail(c, "output '%.64s' is defined by no node, or by an unsupported one",
			  name ? name : "");
	else if (v->kind != ONNX_TIP && v->kind != ONNX_SCORES && v->kind != ONNX_LABEL &&
		 v->kind != ONNX_SUMS)
		onnx_fail(c, "output '%.64s' is %s", name, onnx_kind_name(v->kind));
	else if (v->kind == ONNX_TIP && v->turned)
		onnx_fail(c,
			  "output '%.64s' has its rows second: transpose it back, or take one step",
			  name);
	else
		return v;
	return NULL;
}

/* --- the node's inputs and outputs --- */

const struct onnx_tensor *onnx_in(const struct onnx_ctx *c, size_t i)
{
	return i < c->n_in && c->in[i] ? &c->in[i]->t : NULL;
}

bool onnx_has_output(const struct onnx_ctx *c, size_t i)
{
	return i < c->node->n_output && *c->node->output[i];
}

int onnx_put(struct onnx_ctx *c, size_t output, const struct onnx_value *x)
{
	struct onnx_value *v;

	if (output >= c->node->n_output)
		return onnx_fail(c, "it has no output");
	v = onnx_new_value(c, c->node->output[output]);
	if (!v)
		return -1;
	v->kind = x->kind;
	v->t = x->t;
	v->t.v = NULL;
	graph_chain_copy(&v->chain, &c->chain);
	v->chain.shared |= onnx_readers(c, v->name) > 1;
	v->owner = true;
	v->scale = x->scale;
	v->zp = x->zp;
	v->sums = x->sums;
	v->turned = x->turned;
	return 0;
}

int onnx_put_const(struct onnx_ctx *c, size_t output, const struct onnx_tensor *t)
{
	struct onnx_value *v;

	v = output < c->node->n_output ? onnx_new_value(c, c->node->output[output]) : NULL;
	if (!v) {
		free(t->v);
		return c->err->msg[0] ? -1 : onnx_fail(c, "it has no output");
	}
	v->kind = ONNX_CONST;
	v->t = *t;
	return 0;
}

int onnx_put_tip(struct onnx_ctx *c, struct onnx_value x)
{
	if (c->done)
		return onnx_ended(c, c->done);
	return onnx_put(c, 0, &x);
}
