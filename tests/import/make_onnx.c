// SPDX-License-Identifier: GPL-2.0
/* Making ONNX files in a test: see make_onnx.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make_onnx.h"
#include "onnx_import.h"

static void *mo_keep(struct mo *m, void *p)
{
	m->mem = realloc(m->mem, (m->n_mem + 1) * sizeof(*m->mem));
	m->mem[m->n_mem++] = p;
	return p;
}

static void *mo_alloc(struct mo *m, size_t n, size_t size)
{
	return mo_keep(m, calloc(n ? n : 1, size));
}

static char *mo_str(struct mo *m, const char *s)
{
	return mo_keep(m, strdup(s));
}

/* One more at the end of a list of pointers. */
static void *mo_push(struct mo *m, void *list, size_t *n, void *p)
{
	void **new = mo_alloc(m, *n + 1, sizeof(*new));

	if (*n)
		memcpy(new, *(void **)list, *n * sizeof(*new));
	new[(*n)++] = p;
	*(void ***)list = new;
	return p;
}

struct mo *mo_new(int opset)
{
	struct mo *m = calloc(1, sizeof(*m));

	onnx__model__init(&m->model);
	onnx__graph__init(&m->graph);
	m->model.graph = &m->graph;
	m->graph.name = mo_str(m, "test");
	m->model.producer_name = mo_str(m, "make_onnx");
	m->model.producer_version = mo_str(m, "1");
	m->model.has_ir_version = 1;
	m->model.ir_version = 7;
	mo_opset(m, "", opset);
	return m;
}

void mo_free(struct mo *m)
{
	size_t i;

	for (i = 0; i < m->n_mem; i++)
		free(m->mem[i]);
	free(m->mem);
	free(m);
}

void mo_opset(struct mo *m, const char *domain, int version)
{
	Onnx__OpsetId *o = mo_alloc(m, 1, sizeof(*o));

	onnx__opset_id__init(o);
	o->domain = mo_str(m, domain);
	o->has_version = 1;
	o->version = version;
	mo_push(m, &m->model.opset_import, &m->model.n_opset_import, o);
}

static Onnx__ValueInfo *mo_value(struct mo *m, const char *name, int rank, const int64_t *dims)
{
	Onnx__ValueInfo *v = mo_alloc(m, 1, sizeof(*v));
	Onnx__Shape *shape;
	Onnx__Dim *d;
	int i;

	onnx__value_info__init(v);
	v->name = mo_str(m, name);
	v->type = mo_alloc(m, 1, sizeof(*v->type));
	onnx__type__init(v->type);
	v->type->tensor_type = mo_alloc(m, 1, sizeof(*v->type->tensor_type));
	onnx__tensor_type__init(v->type->tensor_type);
	v->type->tensor_type->has_elem_type = 1;
	v->type->tensor_type->elem_type = ONNX_FLOAT;
	shape = v->type->tensor_type->shape = mo_alloc(m, 1, sizeof(*shape));
	onnx__shape__init(shape);
	for (i = 0; i < rank; i++) {
		d = mo_alloc(m, 1, sizeof(*d));
		onnx__dim__init(d);
		d->has_dim_value = dims[i] > 0;
		d->dim_value = dims[i];
		mo_push(m, &shape->dim, &shape->n_dim, d);
	}
	return v;
}

static void mo_dims(int rank, va_list ap, int64_t *dims)
{
	int i;

	for (i = 0; i < rank; i++)
		dims[i] = va_arg(ap, int);
}

Onnx__ValueInfo *mo_input(struct mo *m, const char *name, int rank, ...)
{
	int64_t dims[ONNX_MAX_RANK + 1];
	va_list ap;

	va_start(ap, rank);
	mo_dims(rank, ap, dims);
	va_end(ap);
	return mo_push(m, &m->graph.input, &m->graph.n_input, mo_value(m, name, rank, dims));
}

void mo_output(struct mo *m, const char *name)
{
	mo_push(m, &m->graph.output, &m->graph.n_output, mo_value(m, name, 0, NULL));
}

static void mo_fill(struct mo *m, Onnx__Tensor *t, const double *v, size_t n)
{
	size_t i;

	switch (t->data_type) {
	case ONNX_FLOAT:
		t->float_data = mo_alloc(m, n, sizeof(float));
		for (i = 0; i < n; i++)
			t->float_data[i] = v[i];
		t->n_float_data = n;
		break;
	case ONNX_DOUBLE:
		t->double_data = mo_alloc(m, n, sizeof(double));
		memcpy(t->double_data, v, n * sizeof(*v));
		t->n_double_data = n;
		break;
	case ONNX_INT64:
		t->int64_data = mo_alloc(m, n, sizeof(int64_t));
		for (i = 0; i < n; i++)
			t->int64_data[i] = v[i];
		t->n_int64_data = n;
		break;
	default:
		t->int32_data = mo_alloc(m, n, sizeof(int32_t));
		for (i = 0; i < n; i++)
			t->int32_data[i] = v[i];
		t->n_int32_data = n;
	}
}

static Onnx__Tensor *mo_tensor(struct mo *m, const char *name, int type, const double *v, int rank,
			       va_list ap)
{
	Onnx__Tensor *t = mo_alloc(m, 1, sizeof(*t));
	size_t n = 1;
	int i;

	onnx__tensor__init(t);
	t->name = mo_str(m, name);
	t->has_data_type = 1;
	t->data_type = type;
	t->n_dims = rank;
	t->dims = mo_alloc(m, rank, sizeof(*t->dims));
	mo_dims(rank, ap, t->dims);
	for (i = 0; i < rank; i++)
		n *= t->dims[i];
	mo_fill(m, t, v, n);
	return mo_push(m, &m->graph.initializer, &m->graph.n_initializer, t);
}

Onnx__Tensor *mo_init(struct mo *m, const char *name, int type, const double *v, int rank, ...)
{
	Onnx__Tensor *t;
	va_list ap;

	va_start(ap, rank);
	t = mo_tensor(m, name, type, v, rank, ap);
	va_end(ap);
	return t;
}

Onnx__Tensor *mo_floats(struct mo *m, const char *name, const float *v, int rank, ...)
{
	size_t i, n = 1;
	Onnx__Tensor *t;
	double *d;
	va_list ap;

	va_start(ap, rank);
	for (i = 0; i < (size_t)rank; i++)
		n *= va_arg(ap, int);
	va_end(ap);
	d = mo_alloc(m, n, sizeof(*d));
	for (i = 0; i < n; i++)
		d[i] = v[i];
	va_start(ap, rank);
	t = mo_tensor(m, name, ONNX_FLOAT, d, rank, ap);
	va_end(ap);
	return t;
}

static void mo_split(struct mo *m, const char *s, char ***list, size_t *n)
{
	char *copy = mo_str(m, s), *word;

	for (word = strtok(copy, " "); word; word = strtok(NULL, " "))
		mo_push(m, list, n, strcmp(word, "-") ? word : "");
}

Onnx__Node *mo_node(struct mo *m, const char *op, const char *in, const char *out)
{
	Onnx__Node *n = mo_alloc(m, 1, sizeof(*n));
	const char *colon = strchr(op, ':');

	onnx__node__init(n);
	n->op_type = mo_str(m, colon ? colon + 1 : op);
	if (colon) {
		n->domain = mo_str(m, op);
		n->domain[colon - op] = '\0';
	}
	n->name = mo_str(m, out);
	mo_split(m, in, &n->input, &n->n_input);
	mo_split(m, out, &n->output, &n->n_output);
	return mo_push(m, &m->graph.node, &m->graph.n_node, n);
}

static Onnx__Attribute *mo_attr(struct mo *m, Onnx__Node *n, const char *name, int type)
{
	Onnx__Attribute *a = mo_alloc(m, 1, sizeof(*a));

	onnx__attribute__init(a);
	a->name = mo_str(m, name);
	a->has_type = 1;
	a->type = type;
	return mo_push(m, &n->attribute, &n->n_attribute, a);
}

void mo_f(struct mo *m, Onnx__Node *n, const char *name, float f)
{
	Onnx__Attribute *a = mo_attr(m, n, name, ONNX_ATTR_FLOAT);

	a->has_f = 1;
	a->f = f;
}

void mo_i(struct mo *m, Onnx__Node *n, const char *name, int64_t i)
{
	Onnx__Attribute *a = mo_attr(m, n, name, ONNX_ATTR_INT);

	a->has_i = 1;
	a->i = i;
}

void mo_s(struct mo *m, Onnx__Node *n, const char *name, const char *s)
{
	Onnx__Attribute *a = mo_attr(m, n, name, ONNX_ATTR_STRING);

	a->has_s = 1;
	a->s.data = (uint8_t *)mo_str(m, s);
	a->s.len = strlen(s);
}

void mo_fs(struct mo *m, Onnx__Node *n, const char *name, const float *f, size_t count)
{
	Onnx__Attribute *a = mo_attr(m, n, name, ONNX_ATTR_FLOATS);

	a->floats = mo_alloc(m, count, sizeof(*f));
	a->n_floats = count;
	memcpy(a->floats, f, count * sizeof(*f));
}

void mo_is(struct mo *m, Onnx__Node *n, const char *name, const int64_t *i, size_t count)
{
	Onnx__Attribute *a = mo_attr(m, n, name, ONNX_ATTR_INTS);

	a->ints = mo_alloc(m, count, sizeof(*i));
	a->n_ints = count;
	memcpy(a->ints, i, count * sizeof(*i));
}

void mo_t(struct mo *m, Onnx__Node *n, const char *name, int type, const double *v, int64_t count)
{
	Onnx__Attribute *a = mo_attr(m, n, name, ONNX_ATTR_TENSOR);

	a->t = mo_alloc(m, 1, sizeof(*a->t));
	onnx__tensor__init(a->t);
	a->t->has_data_type = 1;
	a->t->data_type = type;
	a->t->n_dims = 1;
	a->t->dims = mo_alloc(m, 1, sizeof(*a->t->dims));
	a->t->dims[0] = count;
	mo_fill(m, a->t, v, count);
}

void mo_ss(struct mo *m, Onnx__Node *n, const char *name, const char *s)
{
	Onnx__Attribute *a = mo_attr(m, n, name, ONNX_ATTR_STRINGS);
	char **words = NULL;
	size_t i;

	mo_split(m, s, &words, &a->n_strings);
	a->strings = mo_alloc(m, a->n_strings, sizeof(*a->strings));
	for (i = 0; i < a->n_strings; i++) {
		a->strings[i].data = (uint8_t *)words[i];
		a->strings[i].len = strlen(words[i]);
	}
}

uint8_t *mo_pack(struct mo *m, size_t *len)
{
	uint8_t *p;

	*len = onnx__model__get_packed_size(&m->model);
	p = malloc(*len);
	onnx__model__pack(&m->model, p);
	return p;
}

struct graph *mo_import(struct mo *m, struct graph_err *err)
{
	struct graph *g;
	size_t len;
	uint8_t *p = mo_pack(m, &len);

	mo_free(m);
	g = onnx_import(p, len, "test.onnx", NULL, err);
	free(p);
	return g;
}
