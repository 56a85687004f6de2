// SPDX-License-Identifier: GPL-2.0
/* TFLite: tensors, from the file to what an operator reads. */
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "tflite_import.h"
#include "util.h"

static int tflite_load_shape(struct tflite_ctx *c, size_t table, struct tflite_tensor *t)
{
	uint32_t i, n;
	size_t at = tflite_fb_vector(&c->fb, table, TFLITE_TENSOR_SHAPE, 4, &n);
	int32_t dim;

	if (n > ARRAY_SIZE(t->dims))
		return tflite_fail(c, "tensor '%s' has %u dimensions", t->name, n);
	t->rank = n;
	t->n = 1;
	for (i = 0; i < n; i++) {
		dim = (int32_t)tflite_fb_u32(&c->fb, at + 4 * i);
		if (dim == -1 && !i)
			dim = 1;	/* any batch: one row */
		if (dim < 1 || (uint64_t)t->n * dim > TFLITE_MAX_ELEMS)
			return tflite_fail(c, "tensor '%s': dimension %u is %d", t->name, i, dim);
		t->dims[i] = dim;
		t->n *= dim;
	}
	return 0;
}

static int tflite_load_data(struct tflite_ctx *c, size_t table, struct tflite_tensor *t)
{
	uint32_t n, b = tflite_fb_get_u32(&c->fb, table, TFLITE_TENSOR_BUFFER, 0);
	size_t buffer, at;

	if (!b)		/* buffer 0 is the empty one */
		return 0;
	buffer = tflite_fb_element(&c->fb, c->buffers, c->n_buffers, b);
	if (tflite_fb_get_u64(&c->fb, buffer, TFLITE_BUFFER_OFFSET, 0) > 1)
		return tflite_fail(c, "tensor '%s' has its data outside of the tables", t->name);
	at = tflite_fb_vector(&c->fb, buffer, TFLITE_BUFFER_DATA, 1, &n);
	if (at && n) {
		t->data = c->fb.p + at;
		t->len = n;
	}
	return 0;
}

static int tflite_load_quant(struct tflite_ctx *c, size_t table, struct tflite_tensor *t)
{
	size_t q = tflite_fb_table(&c->fb, table, TFLITE_TENSOR_QUANT);

	t->scales = tflite_fb_vector(&c->fb, q, TFLITE_QUANT_SCALE, 4, &t->n_scales);
	t->zps = tflite_fb_vector(&c->fb, q, TFLITE_QUANT_ZP, 8, &t->n_zps);
	t->axis = (int32_t)tflite_fb_get_u32(&c->fb, q, TFLITE_QUANT_AXIS, 0);
	t->scale = t->n_scales ? tflite_fb_f32(&c->fb, t->scales) : 0;
	t->zp = t->n_zps ? (int64_t)tflite_fb_u64(&c->fb, t->zps) : 0;
	if (tflite_fb_get_u8(&c->fb, q, TFLITE_QUANT_DETAILS, 0))
		return tflite_fail(c, "tensor '%s' has a custom quantisation", t->name);
	return 0;
}

int tflite_load(struct tflite_ctx *c, uint32_t index, struct tflite_tensor *t)
{
	size_t table = tflite_fb_element(&c->fb, c->tensors, c->n_tensors, index);

	*t = (struct tflite_tensor) { .index = index };
	tflite_fb_string(&c->fb, table, TFLITE_TENSOR_NAME, t->name, sizeof(t->name));
	t->type = tflite_fb_get_u8(&c->fb, table, TFLITE_TENSOR_TYPE, TFLITE_FLOAT32);
	if (tflite_fb_field(&c->fb, table, TFLITE_TENSOR_SPARSITY))
		return tflite_fail(c, "tensor '%s' is sparse", t->name);
	if (tflite_load_shape(c, table, t) || tflite_load_data(c, table, t) ||
	    tflite_load_quant(c, table, t))
		return -1;
	return c->fb.bad ? tflite_fail(c, "damaged") : 0;
}

int32_t tflite_input(struct tflite_ctx *c, uint32_t i)
{
	return i < c->n_in ? (int32_t)tflite_fb_u32(&c->fb, c->in_vec + 4 * (size_t)i) : -1;
}

int tflite_constant(struct tflite_ctx *c, uint32_t i, struct tflite_tensor *t)
{
	int32_t index = tflite_input(c, i);

	*t = (struct tflite_tensor) { 0 };
	if (index < 0)
		return 1;
	if ((uint32_t)index < c->n_tensors && c->constant[index])
		index = c->constant[index] - 1;
	if (tflite_load(c, index, t))
		return -1;
	return t->data ? 0 : tflite_fail(c, "input %u ('%s') is not a constant", i, t->name);
}

float tflite_scale(struct tflite_ctx *c, const struct tflite_tensor *t, uint32_t i)
{
	return t->n_scales > 1 ? tflite_fb_f32(&c->fb, t->scales + 4 * (size_t)i) : t->scale;
}

size_t tflite_type_size(int type)
{
	switch (type) {
	case TFLITE_FLOAT32:
	case TFLITE_INT32:
		return 4;
	case TFLITE_FLOAT16:
		return 2;
	case TFLITE_INT8:
		return 1;
	}
	return 0;
}

int tflite_weights(struct tflite_ctx *c, struct tflite_tensor *w)
{
	int none = tflite_constant(c, 1, w);

	if (none)
		return none < 0 ? -1 : tflite_fail(c, "it has no weights");
	if (w->rank != 2 || w->dims[1] != c->chain.n || w->dims[0] != c->out.n)
		return tflite_fail(c, "weights '%s' do not fit %u inputs and %u outputs", w->name,
				   c->chain.n, c->out.n);
	if (w->dims[0] > LQ_MAX_WIDTH)
		return tflite_fail(c, "%u outputs, more than %u", w->dims[0], LQ_MAX_WIDTH);
	if (!tflite_type_size(w->type) || w->len != w->n * tflite_type_size(w->type))
		return tflite_fail(c, "weights '%s' have type %d and %zu bytes for %u numbers",
				   w->name, w->type, w->len, w->n);
	if (w->n_scales > 1 && (w->n_scales != w->dims[0] || w->axis))
		return tflite_fail(c, "weights '%s' have %u scales along axis %d", w->name,
				   w->n_scales, w->axis);
	if (tflite_fb_get_u8(&c->fb, tflite_fb_table(&c->fb, c->op, TFLITE_OP_OPTIONS),
			     TFLITE_FC_FORMAT, 0))
		return tflite_fail(c, "weights '%s' are shuffled", w->name);
	return 0;
}

int tflite_fused(struct tflite_ctx *c)
{
	return tflite_fb_get_u8(&c->fb, tflite_fb_table(&c->fb, c->op, TFLITE_OP_OPTIONS),
				TFLITE_FC_ACT, TFLITE_ACT_NONE);
}
