// SPDX-License-Identifier: GPL-2.0
/*
 * Reading TFLite: the walk over the operators. See tflite_import.h.
 *
 *	float models	FULLY_CONNECTED with float32, float16 or int8 weights, activations: a net to
 *			be quantised
 *	int8 models	QUANTIZE, operators of int8, DEQUANTIZE (or int8 at the ends): integers, bit
 *			for bit
 *
 * Nothing is skipped: anything unknown ends the import with a message that names the operator.
 */
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "tflite_import.h"
#include "util.h"

/*
 * DEQUANTIZE of a constant: float16 or int8 weights of a float model. Its reader uses the constant
 * directly.
 */
static int tflite_try_constant(struct tflite_ctx *c, const struct tflite_op *op, bool *done)
{
	int32_t in = tflite_input(c, 0);
	struct tflite_tensor t;

	*done = false;
	if (op->code != TFLITE_DEQUANTIZE || in < 0 || (uint32_t)in == c->tip.index)
		return 0;
	if (tflite_load(c, in, &t))
		return -1;
	if (!t.data || c->out.index >= c->n_tensors || c->out.n != t.n ||
	    c->out.type != TFLITE_FLOAT32)
		return 0;
	c->constant[c->out.index] = in + 1;
	*done = true;
	return 0;
}

/* Is the tip its first input, or the second of an arithmetic operator? */
static bool tflite_reads_tip(struct tflite_ctx *c, const struct tflite_op *op)
{
	return (uint32_t)tflite_input(c, 0) == c->tip.index ||
	       (op->run == tflite_arith && (uint32_t)tflite_input(c, 1) == c->tip.index);
}

static int tflite_run_op(struct tflite_ctx *c)
{
	const struct tflite_op *op = tflite_find_op(c);
	bool done;

	c->in_vec = tflite_fb_vector(&c->fb, c->op, TFLITE_OP_INPUTS, 4, &c->n_in);
	c->out_vec = tflite_fb_vector(&c->fb, c->op, TFLITE_OP_OUTPUTS, 4, &c->n_out);
	if (c->fb.bad || !op)
		return tflite_fail(c, "operator not supported");
	if (c->n_in < 1 || c->n_in > op->max_in || c->n_out != 1)
		return tflite_fail(c, "%u inputs and %u outputs do not fit the operator",
				   c->n_in, c->n_out);
	if (tflite_load(c, tflite_fb_u32(&c->fb, c->out_vec), &c->out) ||
	    tflite_try_constant(c, op, &done))
		return -1;
	if (done)
		return 0;
	if (!tflite_reads_tip(c, op))
		return tflite_fail(c, "it reads tensor %d, not what the operator before made: the "
				   "graph branches",
				   tflite_input(c, 0));
	if (c->done && !op->last)
		return tflite_fail(c, "nothing that computes may follow %s", c->done);
	if (op->run(c, op->code))
		return -1;
	c->tip = c->out;
	return c->fb.bad ? tflite_fail(c, "damaged") : 0;
}

static int tflite_open(struct tflite_ctx *c, size_t *graph)
{
	struct tflite_fb *fb = &c->fb;
	uint32_t n, version;
	size_t model, graphs;

	if (fb->len < 8 || memcmp(fb->p + 4, "TFL3", 4))
		return tflite_fail(c, "not a TFLite model");
	model = tflite_fb_follow(fb, 0);
	version = tflite_fb_get_u32(fb, model, TFLITE_MODEL_VERSION, 0);
	graphs = tflite_fb_vector(fb, model, TFLITE_MODEL_SUBGRAPHS, 4, &n);
	if (!fb->bad && (version != TFLITE_VERSION || n != 1))
		return tflite_fail(c, "schema version %u and %u graphs, not %d and 1", version, n,
				   TFLITE_VERSION);
	*graph = tflite_fb_element(fb, graphs, n, 0);
	c->codes = tflite_fb_vector(fb, model, TFLITE_MODEL_CODES, 4, &c->n_codes);
	c->buffers = tflite_fb_vector(fb, model, TFLITE_MODEL_BUFFERS, 4, &c->n_buffers);
	c->tensors = tflite_fb_vector(fb, *graph, TFLITE_GRAPH_TENSORS, 4, &c->n_tensors);
	c->ops = tflite_fb_vector(fb, *graph, TFLITE_GRAPH_OPS, 4, &c->n_ops);
	if (fb->bad || c->n_tensors > TFLITE_MAX_TENSORS || c->n_ops > TFLITE_MAX_OPS)
		return tflite_fail(c, "%u tensors and %u operators", c->n_tensors, c->n_ops);
	c->constant = util_alloc(c->n_tensors, sizeof(*c->constant));
	return 0;
}

static void tflite_name(struct tflite_ctx *c, size_t graph)
{
	char s[64];

	tflite_fb_string(&c->fb, graph, TFLITE_GRAPH_NAME, s, sizeof(s));
	c->g->name = util_strdup(*s ? s : util_basename(c->what));
	tflite_fb_string(&c->fb, tflite_fb_follow(&c->fb, 0), TFLITE_MODEL_DESCRIPTION, s,
			 sizeof(s));
	c->g->producer = util_strdup(s);
}

/* The one tensor in this list of the graph. */
static int tflite_end_tensor(struct tflite_ctx *c, size_t graph, unsigned int field,
			     uint32_t *index)
{
	uint32_t n;
	size_t at = tflite_fb_vector(&c->fb, graph, field, 4, &n);

	if (n != 1)
		return tflite_fail(c, "%u %s, not 1", n,
				   field == TFLITE_GRAPH_INPUTS ? "inputs" : "outputs");
	*index = tflite_fb_u32(&c->fb, at);
	return 0;
}

static int tflite_begin(struct tflite_ctx *c, size_t graph)
{
	uint32_t index;

	if (tflite_end_tensor(c, graph, TFLITE_GRAPH_INPUTS, &index) ||
	    tflite_load(c, index, &c->tip))
		return -1;
	if (c->tip.n > LQ_MAX_INPUTS)
		return tflite_fail(c, "%u inputs, more than %u", c->tip.n, LQ_MAX_INPUTS);
	if (c->tip.data)
		return tflite_fail(c, "its input '%s' is a constant", c->tip.name);
	c->g->n_inputs = c->chain.n = c->tip.n;
	return c->tip.type == TFLITE_INT8 ? tflite_exact_begin(c, &c->tip) : 0;
}

static int tflite_run_ops(struct tflite_ctx *c)
{
	int rc = 0;

	for (c->index = 0; c->index < c->n_ops && !rc; c->index++) {
		c->op = tflite_fb_element(&c->fb, c->ops, c->n_ops, c->index);
		rc = c->op ? tflite_run_op(c) : tflite_fail(c, "damaged");
	}
	c->op = 0;
	return rc;
}

/* An int8 model that computes nothing gets a layer, too: an identity table. */
static int tflite_exact_end(struct tflite_ctx *c)
{
	struct graph_exact *e;
	int i;

	c->g->out_scale = c->scale;
	c->g->out_zp = c->zp;
	if (c->g->n_layers)
		return 0;
	e = util_alloc(1, sizeof(*e));
	e->lut = util_alloc(256, sizeof(*e->lut));
	e->lo = c->g->in_lo;
	e->hi = c->g->in_hi;
	for (i = 0; i < 256; i++)
		e->lut[i] = i - 128;
	if (!tflite_step(c, graph_chain_exact(&c->chain, "identity", c->chain.n, e)))
		return 0;
	free(e->lut);
	free(e);
	return -1;
}

static int tflite_read(struct tflite_ctx *c)
{
	uint32_t out;
	size_t graph = 0;

	if (tflite_open(c, &graph) || tflite_begin(c, graph) || tflite_run_ops(c) ||
	    tflite_end_tensor(c, graph, TFLITE_GRAPH_OUTPUTS, &out))
		return -1;
	if (out != c->tip.index)
		return tflite_fail(c, "output tensor %u is not what the last operator made", out);
	if (c->g->exact && tflite_exact_end(c))
		return -1;
	if (tflite_step(c, graph_chain_end(&c->chain)))
		return -1;
	if (c->g->classes && c->g->n_outputs < 2)
		return tflite_fail(c, "a classifier needs at least 2 scores, not %u",
				 c->g->n_outputs);
	tflite_name(c, graph);
	return c->fb.bad ? tflite_fail(c, "damaged") : 0;
}

int tflite_list(const void *data, size_t len, const char *what, graph_node_fn *fn, void *arg,
		char summary[96], struct graph_err *err)
{
	struct tflite_ctx c = { .what = what, .err = err, .fb = { .p = data, .len = len } };
	struct graph_node_info info;
	size_t graph = 0;
	int ret = len > TFLITE_MAX_FILE ?
			  tflite_fail(&c, "%zu bytes, more than %u", len, TFLITE_MAX_FILE) :
			  0;

	if (!ret)
		ret = tflite_open(&c, &graph);
	snprintf(summary, 96, "TensorFlow Lite");
	for (; !ret && c.index < c.n_ops; c.index++) {
		c.op = tflite_fb_element(&c.fb, c.ops, c.n_ops, c.index);
		c.op_name[0] = '\0';
		info = (struct graph_node_info) { .index = c.index, .known = tflite_find_op(&c) };
		snprintf(info.op, sizeof(info.op), "%s", c.op_name);
		if (c.fb.bad)
			ret = tflite_fail(&c, "damaged");
		else
			fn(arg, &info);
	}
	free(c.constant);
	return ret;
}

struct graph *tflite_import(const void *data, size_t len, const char *what,
			    const struct graph_want *want, struct graph_err *err)
{
	struct tflite_ctx c = { .what = what, .err = err, .fb = { .p = data, .len = len } };
	int rc;

	err->msg[0] = '\0';
	err->node = 0;
	if (want && (want->outputs || want->probabilities)) {
		tflite_fail(&c, "--output and --probabilities are for ONNX: a TensorFlow Lite file "
				"has one output here");
		return NULL;
	}
	if (len > TFLITE_MAX_FILE) {
		tflite_fail(&c, "%zu bytes, more than %u", len, TFLITE_MAX_FILE);
		return NULL;
	}
	c.g = util_alloc(1, sizeof(*c.g));
	c.chain.g = c.g;
	c.chain.err = err;
	rc = tflite_read(&c);
	graph_chain_drop(&c.chain);
	free(c.constant);
	if (!rc)
		return c.g;
	graph_clean(err);
	graph_free(c.g);
	return NULL;
}
