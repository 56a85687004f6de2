// SPDX-License-Identifier: GPL-2.0
/*
 * Tensors and attributes of an ONNX file as doubles: every length is checked against the
 * dimensions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_import.h"
#include "util.h"

bool onnx_type_real(int type)
{
	return type == ONNX_FLOAT || type == ONNX_DOUBLE || type == ONNX_FLOAT16 ||
	       type == ONNX_BFLOAT16;
}

bool onnx_all_finite(const double *v, size_t n)
{
	while (n--)
		if (!isfinite(v[n]))
			return false;
	return true;
}

const Onnx__Attribute *onnx_attr(const struct onnx_ctx *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->node->n_attribute; i++)
		if (!strcmp(c->node->attribute[i]->name, name))
			return c->node->attribute[i];
	return NULL;
}

double onnx_attr_f(const struct onnx_ctx *c, const char *name, double dflt)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	return a ? a->f : dflt;
}

int64_t onnx_attr_i(const struct onnx_ctx *c, const char *name, int64_t dflt)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	return a ? a->i : dflt;
}

bool onnx_attr_is(const struct onnx_ctx *c, const char *name, const char *value, bool dflt)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	return a ? a->s.len == strlen(value) && !memcmp(a->s.data, value, a->s.len) : dflt;
}

int onnx_shape_count(struct onnx_ctx *c, const struct onnx_shape *s, size_t *n)
{
	int i;

	*n = 1;
	for (i = 0; i < s->rank; i++) {
		if (s->dims[i] < 1 || s->dims[i] > ONNX_MAX_ELEMS ||
		    *n * (uint64_t)s->dims[i] > ONNX_MAX_ELEMS)
			return onnx_fail(c,
					 "dimension %d is %lld: sizes are 1 to %u elements in all",
					 i, (long long)s->dims[i], ONNX_MAX_ELEMS);
		*n *= s->dims[i];
	}
	return 0;
}

struct onnx_tensor onnx_tensor_new(int type, int rank, const int64_t *dims, size_t n)
{
	struct onnx_tensor t = { .type = type, .shape.rank = rank, .n = n };

	if (rank)
		memcpy(t.shape.dims, dims, rank * sizeof(*dims));
	t.v = util_alloc(n, sizeof(*t.v));
	return t;
}

static int onnx_type_size(int type)
{
	switch (type) {
	case ONNX_UINT8:
	case ONNX_INT8:
	case ONNX_BOOL:
		return 1;
	case ONNX_UINT16:
	case ONNX_INT16:
	case ONNX_FLOAT16:
	case ONNX_BFLOAT16:
		return 2;
	case ONNX_FLOAT:
	case ONNX_INT32:
	case ONNX_UINT32:
		return 4;
	case ONNX_DOUBLE:
	case ONNX_INT64:
	case ONNX_UINT64:
		return 8;
	}
	return 0;
}

/* IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
static double onnx_half(uint16_t h)
{
	int exp = h >> 10 & 31, frac = h & 1023;
	double v;

	if (exp == 31)
		v = frac ? NAN : INFINITY;
	else
		v = exp ? ldexp(1024 + frac, exp - 25) : ldexp(frac, -24);
	return h & 0x8000 ? -v : v;
}

/* The upper half of a binary32. */
static double onnx_bfloat(uint16_t h)
{
	u32 w = (u32)h << 16;
	float f;

	memcpy(&f, &w, sizeof(f));
	return f;
}

static double onnx_raw_one(int type, const uint8_t *p)
{
	double d;
	float f;
	u64 q;
	u32 w;

	switch (type) {
	case ONNX_UINT8:
	case ONNX_BOOL:
		return *p;
	case ONNX_INT8:
		return (int8_t)*p;
	case ONNX_UINT16:
		return lq_le16(p);
	case ONNX_INT16:
		return (int16_t)lq_le16(p);
	case ONNX_FLOAT16:
		return onnx_half(lq_le16(p));
	case ONNX_BFLOAT16:
		return onnx_bfloat(lq_le16(p));
	case ONNX_FLOAT:
		w = lq_le32(p);
		memcpy(&f, &w, sizeof(f));
		return f;
	case ONNX_INT32:
		return (int32_t)lq_le32(p);
	case ONNX_UINT32:
		return lq_le32(p);
	case ONNX_DOUBLE:
		q = lq_le64(p);
		memcpy(&d, &q, sizeof(d));
		return d;
	case ONNX_INT64:
		return (int64_t)lq_le64(p);
	}
	return lq_le64(p);
}

static int onnx_load_raw(struct onnx_ctx *c, const Onnx__Tensor *p, struct onnx_tensor *t)
{
	int size = onnx_type_size(t->type);
	size_t i;

	if (p->raw_data.len != t->n * size)
		return onnx_fail(c, "tensor '%.64s' has %zu bytes of data, its shape needs %zu",
				 p->name ? p->name : "", p->raw_data.len, t->n * size);
	for (i = 0; i < t->n; i++)
		t->v[i] = onnx_raw_one(t->type, p->raw_data.data + i * size);
	return 0;
}

static int onnx_load_external(struct onnx_ctx *c, const Onnx__Tensor *p, struct onnx_tensor *t)
{
	int size = onnx_type_size(t->type);
	uint8_t *data = onnx_external(c, p, t->n * size);
	size_t i;

	if (!data)
		return -1;
	for (i = 0; i < t->n; i++)
		t->v[i] = onnx_raw_one(t->type, data + i * size);
	free(data);
	return 0;
}

static bool onnx_is_external(const Onnx__Tensor *p)
{
	return p->n_external_data || (p->has_data_location && p->data_location);
}

/* How many numbers the typed field of this data type holds. */
static size_t onnx_typed_count(const Onnx__Tensor *p, int type)
{
	switch (type) {
	case ONNX_FLOAT:
		return p->n_float_data;
	case ONNX_DOUBLE:
		return p->n_double_data;
	case ONNX_INT64:
		return p->n_int64_data;
	case ONNX_UINT32:
	case ONNX_UINT64:
		return p->n_uint64_data;
	}
	return p->n_int32_data;
}

static double onnx_typed_one(const Onnx__Tensor *p, int type, size_t i)
{
	switch (type) {
	case ONNX_FLOAT:
		return p->float_data[i];
	case ONNX_DOUBLE:
		return p->double_data[i];
	case ONNX_INT64:
		return p->int64_data[i];
	case ONNX_UINT32:
	case ONNX_UINT64:
		return p->uint64_data[i];
	case ONNX_FLOAT16:
		return onnx_half(p->int32_data[i]);
	case ONNX_BFLOAT16:
		return onnx_bfloat(p->int32_data[i]);
	}
	return p->int32_data[i];
}

static int onnx_load_typed(struct onnx_ctx *c, const Onnx__Tensor *p, struct onnx_tensor *t)
{
	size_t i, n = onnx_typed_count(p, t->type);

	if (n != t->n)
		return onnx_fail(c, "tensor '%.64s' has %zu numbers, its shape needs %zu",
				 p->name ? p->name : "", n, t->n);
	for (i = 0; i < n; i++)
		t->v[i] = onnx_typed_one(p, t->type, i);
	return 0;
}

static int onnx_tensor_check(struct onnx_ctx *c, const Onnx__Tensor *p)
{
	const char *name = p->name ? p->name : "";

	if (p->has_segment)
		return onnx_fail(c, "tensor '%.64s' is one segment of several", name);
	if (!onnx_type_size(p->data_type))
		return onnx_fail(c, "tensor '%.64s' has data type %d, which is not supported", name,
				 p->data_type);
	if (p->n_dims > ONNX_MAX_RANK)
		return onnx_fail(c, "tensor '%.64s' has %zu dimensions, more than %d", name,
				 p->n_dims, ONNX_MAX_RANK);
	return 0;
}

int onnx_tensor_read(struct onnx_ctx *c, const Onnx__Tensor *p, struct onnx_tensor *t)
{
	struct onnx_shape s = { 0 };
	size_t n;
	int rc;

	if (onnx_tensor_check(c, p))
		return -1;
	s.rank = p->n_dims;
	if (s.rank)
		memcpy(s.dims, p->dims, s.rank * sizeof(*s.dims));
	if (onnx_shape_count(c, &s, &n))
		return -1;
	*t = onnx_tensor_new(p->data_type, s.rank, s.dims, n);
	if (onnx_is_external(p))
		rc = onnx_load_external(c, p, t);
	else
		rc = p->has_raw_data ? onnx_load_raw(c, p, t) : onnx_load_typed(c, p, t);
	if (rc) {
		free(t->v);
		t->v = NULL;
	}
	return rc;
}

int onnx_tensor_load(struct onnx_ctx *c, const Onnx__Tensor *p, struct onnx_tensor *t)
{
	size_t i;

	if (onnx_tensor_read(c, p, t))
		return -1;
	for (i = 0; i < t->n && !isnan(t->v[i]); i++)
		;
	if (i == t->n)
		return 0;
	free(t->v);
	t->v = NULL;
	return onnx_fail(c, "tensor '%.64s' has a number that is not a number (NaN)",
			 p->name ? p->name : "");
}

int onnx_want_real(struct onnx_ctx *c, const struct onnx_value *x)
{
	if (!onnx_type_real(x->t.type))
		return onnx_fail(c, "'%.64s' is an integer (type %d), and arithmetic of integers "
				 "is not supported",
				 x->name, x->t.type);
	return 0;
}
