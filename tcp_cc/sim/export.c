// SPDX-License-Identifier: GPL-2.0
/*
 * A policy's files: export PATH.net DIR writes DIR/model.onnx and DIR/calib.csv.
 *
 * The model reads features in their own units; centre and gain of the inputs are in its first
 * matrix. The rows of calibration are histories from the training's scenes under this policy,
 * clamped to the range that the policy was trained on, and two rows at the ends of that range,
 * which lfgen therefore takes as the calibrated range.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calib.h"
#include "make_onnx.h"

#define ROWS		998
#define SCENES		400
#define SEED		0x5eed0003ull

static struct sim_net net;
static float kept[ROWS][NET_WIDTH];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static FILE *create(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f)
		die(path);
	return f;
}

/*
 * W and b of the first layer for inputs in their own units: w = gain * W, b = b - centre * gain *
 * W.
 */
static void unfold(float *w, float *b)
{
	int in = net.width[0], out = net.width[1], i, o;

	for (i = 0; i < in; i++)
		for (o = 0; o < out; o++) {
			w[i * out + o] = net.p[i * out + o] * sim_net_input(i).gain;
			b[o] -= w[i * out + o] * sim_net_input(i).centre;
		}
}

static void write_model(const char *dir)
{
	struct mo *m = mo_new(13);
	float w[NET_WIDTH * NET_WIDTH], b[NET_WIDTH];
	char name[3][16], in[64], out[16] = "features";
	const float *p = net.p;
	size_t len;
	uint8_t *bytes;
	FILE *f;
	int l, i, n;

	mo_input(m, "features", 2, 1, net.width[0]);
	for (l = 0; l < net.n_layers; l++) {
		n = net.width[l] * net.width[l + 1];
		memcpy(w, p, n * sizeof(*w));
		memcpy(b, p + n, net.width[l + 1] * sizeof(*b));
		if (!l)
			unfold(w, b);
		if (l == net.n_layers - 1) {
			for (i = 0; i < n; i++)
				w[i] *= NET_ACTION;
			b[0] *= NET_ACTION;
		}
		snprintf(name[0], sizeof(name[0]), "w%d", l);
		snprintf(name[1], sizeof(name[1]), "b%d", l);
		snprintf(name[2], sizeof(name[2]), l + 1 < net.n_layers ? "z%d" : "action", l);
		mo_floats(m, name[0], w, 2, net.width[l], net.width[l + 1]);
		mo_floats(m, name[1], b, 1, net.width[l + 1]);
		snprintf(in, sizeof(in), "%s %s %s", out, name[0], name[1]);
		mo_node(m, "Gemm", in, name[2]);
		snprintf(out, sizeof(out), "%s", name[2]);
		if (l + 1 < net.n_layers) {
			snprintf(name[0], sizeof(name[0]), "h%d", l);
			mo_node(m, "Tanh", out, name[0]);
			snprintf(out, sizeof(out), "%s", name[0]);
		}
		p += n + net.width[l + 1];
	}
	mo_output(m, "action");
	bytes = mo_pack(m, &len);
	f = create(dir, "model.onnx");
	if (fwrite(bytes, 1, len, f) != len || fclose(f))
		die("model.onnx");
	free(bytes);
	mo_free(m);
}

/* --- rows --- */

static void usual(void *ctx, struct sim_shape *sh, struct sim_rng *r)
{
	(void)ctx;
	*sh = sim_shape_random(r);
}

static void preference(const struct sim_net *n, float *w, struct sim_rng *r)
{
	(void)n;
	w[0] = sim_uniform(r);
	w[1] = (1 - w[0]) * sim_uniform(r);
	w[2] = 1 - w[0] - w[1];
}

static void write_row(FILE *f, const float *x, int end)
{
	struct sim_net_input in;
	float v;
	int i;

	for (i = 0; i < net.width[0]; i++) {
		in = sim_net_input(i);
		v = end < 0 ? in.lo : end > 0 ? in.hi : calib_clamp(i, x[i]);
		fprintf(f, "%s%.5g", i ? "," : "", v);
	}
	fprintf(f, "\n");
}

static void write_rows(const char *dir)
{
	struct calib how = { &net, usual, NULL, preference, SEED, SCENES };
	FILE *f = create(dir, "calib.csv");
	u32 i, n = calib_rows(&how, kept, ROWS);
	int k;

	for (k = 0; k < net.width[0]; k++) {
		fprintf(f, "%s%s", k ? "," : "", sim_net_input(k).name);
		if (k < NET_HISTORY)
			fprintf(f, ".%d", k / 3);
	}
	fprintf(f, "\n");
	write_row(f, NULL, -1);
	write_row(f, NULL, 1);
	for (i = 0; i < n; i++)
		write_row(f, kept[i], 0);
	if (fclose(f))
		die("calib.csv");
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "export PATH.net DIR: writes DIR/model.onnx and DIR/calib.csv\n");
		return 2;
	}
	if (sim_net_load(&net, argv[1])) {
		fprintf(stderr, "export: %s has no parameters of a policy\n", argv[1]);
		return 1;
	}
	write_model(argv[2]);
	write_rows(argv[2]);
	return 0;
}
