// SPDX-License-Identifier: GPL-2.0
/*
 * LiteFlow's own model, Aurora (a rate controller: 30 numbers in, one out), both ways it comes:
 * float ONNX against the float outputs that came with it, int8 TFLite against plain loops over the
 * file's integers.
 *
 * The data is not part of the sources: it is looked for in $LITEFLOW_SHARED/data/aurora, else
 * ../shared/data/aurora.
 */
#include "onnx_import.h"
#include "tflite_import.h"
#include "try.h"
#include "util.h"

#define ROWS 60
#define INPUTS 30

static const char *dir(void)
{
	static char path[512];
	const char *shared = getenv("LITEFLOW_SHARED");

	snprintf(path, sizeof(path), "%s/data/aurora", shared ? shared : "../shared");
	return path;
}

static void *read_file(const char *name, size_t *len)
{
	struct graph_err err;
	char path[600];
	void *p;

	snprintf(path, sizeof(path), "%s/%s", dir(), name);
	if (util_read(path, 16 << 20, &p, len, &err)) {
		print_message("%s: skipped\n", err.msg);
		skip();
	}
	return p;
}

/* The rows that the model was calibrated with: numpy, doubles, [60][30]. */
static double *read_rows(void)
{
	size_t len, head;
	uint8_t *p = read_file("representative_dataset.npy", &len);
	double *x;

	assert_true(len > 10 && !memcmp(p, "\x93NUMPY", 6));
	head = 10 + lq_le16(p + 8);
	assert_int_equal(len - head, ROWS * INPUTS * sizeof(*x));
	x = malloc(len - head);
	memcpy(x, p + head, len - head);
	free(p);
	return x;
}

static struct graph *import_file(const char *name,
				 struct graph *(*import)(const void *, size_t, const char *,
							 const struct graph_want *,
							 struct graph_err *))
{
	struct graph_err err;
	struct graph *g;
	size_t len;
	void *p = read_file(name, &len);

	g = import(p, len, name, NULL, &err);
	free(p);
	return try_imported(g, &err);
}

static void test_float(void **state)
{
	struct graph *g = import_file("aurora_float.onnx", onnx_import);
	double *x = read_rows(), y, worst = 0;
	size_t len;
	char *text = read_file("aurora_float_out.csv", &len), *at;
	int i;

	(void)state;
	assert_int_equal(g->n_inputs, INPUTS);
	assert_int_equal(g->n_outputs, 1);
	at = realloc(text, len + 1);
	text = at;
	text[len] = '\0';
	at = strchr(text, '\n');	/* after the comment */
	for (i = 0; i < ROWS; i++) {
		graph_run(g, x + i * INPUTS, &y);
		worst = fmax(worst, fabs(y - strtod(at, &at)));
	}
	print_message("Aurora float: %d rows, greatest difference %.2g\n", ROWS, worst);
	assert_true(worst < 1e-5);
	free(text);
	free(x);
	graph_free(g);
}

/* The file's tensors by what they are: found in the file itself, not by the importer. */
struct fc {
	const int8_t *w;
	const int32_t *b;
	int n_in, n_out;
	float ws;		/* scale of the weights */
	float xs, ys;		/* scales of input and output */
	int xz, yz;		/* zero points */
};

static size_t find_tensor(struct tflite_fb *fb, int index, uint32_t *buffer)
{
	uint32_t n;
	size_t model = tflite_fb_follow(fb, 0),
	       v = tflite_fb_vector(fb, model, TFLITE_MODEL_SUBGRAPHS, 4, &n);
	size_t t;

	v = tflite_fb_vector(fb, tflite_fb_element(fb, v, n, 0), TFLITE_GRAPH_TENSORS, 4, &n);
	t = tflite_fb_element(fb, v, n, index);
	*buffer = tflite_fb_get_u32(fb, t, TFLITE_TENSOR_BUFFER, 0);
	return t;
}

static const void *find_data(struct tflite_fb *fb, int index, uint32_t *len)
{
	uint32_t n, b;
	size_t v = tflite_fb_vector(fb, tflite_fb_follow(fb, 0), TFLITE_MODEL_BUFFERS, 4, &n);

	find_tensor(fb, index, &b);
	return fb->p +
	       tflite_fb_vector(fb, tflite_fb_element(fb, v, n, b), TFLITE_BUFFER_DATA, 1, len);
}

static float find_scale(struct tflite_fb *fb, int index, int *zp)
{
	uint32_t n, b;
	size_t q = tflite_fb_table(fb, find_tensor(fb, index, &b), TFLITE_TENSOR_QUANT);

	*zp = (int)tflite_fb_u64(fb, tflite_fb_vector(fb, q, TFLITE_QUANT_ZP, 8, &n));
	return tflite_fb_f32(fb, tflite_fb_vector(fb, q, TFLITE_QUANT_SCALE, 4, &n));
}

/* Tensors of the three layers: input, weights, bias, output (from a dump of the file). */
static const int layers[3][4] = { { 0, 8, 6, 7 }, { 1, 11, 9, 10 }, { 2, 5, 3, 4 } };

static void find_layer(struct tflite_fb *fb, int layer, struct fc *fc)
{
	uint32_t n_w, n_b;
	int zp;

	fc->w = find_data(fb, layers[layer][1], &n_w);
	fc->b = find_data(fb, layers[layer][2], &n_b);
	fc->n_out = n_b / 4;
	fc->n_in = n_w / fc->n_out;
	fc->ws = find_scale(fb, layers[layer][1], &zp);
	fc->xs = find_scale(fb, layers[layer][0], &fc->xz);
	fc->ys = find_scale(fb, layers[layer][3], &fc->yz);
}

static int clamp(double y)
{
	return y < -128 ? -128 : y > 127 ? 127 : (int)y;
}

/* One layer by TensorFlow Lite's definition; the multiplier in [1/2, 1) is found by halving. */
static void ref_fc(const struct fc *fc, const int *x, int *y)
{
	double real = (double)(fc->xs * fc->ws) / (double)fc->ys;
	int shift = 0, o, i;
	int64_t m, acc;

	for (; real < .5; shift++)
		real *= 2;
	m = llround(real * 2147483648.0);
	for (o = 0; o < fc->n_out; o++) {
		acc = fc->b[o];
		for (i = 0; i < fc->n_in; i++)
			acc += fc->w[o * fc->n_in + i] * (x[i] - fc->xz);
		y[o] = clamp(((acc * m + (1LL << (30 + shift))) >> (31 + shift)) + fc->yz);
	}
}

static void ref_tanh(const struct fc *fc, int *x)
{
	int i;

	for (i = 0; i < fc->n_out; i++)
		x[i] = clamp(roundf(tanhf(fc->ys * (x[i] - fc->yz)) * 128));
}

static double ref_run(const struct fc *fc, const double *in)
{
	int x[32], y[32], i;

	for (i = 0; i < fc->n_in; i++)
		x[i] = clamp((double)roundf((float)in[i] / fc->xs) + fc->xz);
	for (i = 0; i < 3; i++) {
		ref_fc(&fc[i], x, y);
		if (i < 2)
			ref_tanh(&fc[i], y);
		memcpy(x, y, sizeof(x));
	}
	return (y[0] - fc[2].yz) * (double)fc[2].ys;
}

static void test_int8(void **state)
{
	struct graph *g = import_file("aurora_int_quan_model.tflite", tflite_import);
	struct tflite_fb fb = { 0 };
	double *x = read_rows(), y, row[INPUTS];
	struct fc fc[3];
	uint64_t seed = 5;
	int i, k;

	(void)state;
	fb.p = read_file("aurora_int_quan_model.tflite", &fb.len);
	assert_true(g->exact);
	for (i = 0; i < 3; i++)
		find_layer(&fb, i, &fc[i]);
	assert_false(fb.bad);
	assert_true(fc[0].n_in == INPUTS && fc[0].n_out == 32 && fc[1].n_out == 16 &&
		    fc[2].n_out == 1);
	for (i = 0; i < ROWS; i++) {
		graph_run(g, x + i * INPUTS, &y);
		try_near(y, ref_run(fc, x + i * INPUTS), 0);
	}
	for (i = 0; i < 20000; i++) {
		for (k = 0; k < INPUTS; k++)
			row[k] = (try_random(&seed) % 70000) * 1e-4 - .5;
		graph_run(g, row, &y);
		try_near(y, ref_run(fc, row), 0);
	}
	print_message("Aurora int8: %d rows and 20000 random ones, every bit the same\n", ROWS);
	free((void *)fb.p);
	free(x);
	graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_float),
					    cmocka_unit_test(test_int8) };

	return cmocka_run_group_tests_name("import: Aurora", tests, NULL, NULL);
}
