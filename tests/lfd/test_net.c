// SPDX-License-Identifier: GPL-2.0
/* Nets: gradients against finite differences, scales, files, and that training learns. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lfd/adam.h"
#include "rows.h"

#define ROWS	300	/* more than one block */

static const uint32_t width[] = { 5, 7, 4, 3 };
static double x[ROWS * 5], y[ROWS], w[ROWS];

static void fill(uint32_t n_classes)
{
	int i;

	rows_state = 12345;
	for (i = 0; i < ROWS * 5; i++)
		x[i] = 4 * rows_draw() - 2;
	for (i = 0; i < ROWS; i++) {
		y[i] = n_classes ? (int)(rows_draw() * n_classes) : 3 * rows_draw();
		w[i] = 0.1 + rows_draw();
	}
}

/*
 * Every weight and bias. Relu has a corner, which a difference may straddle: two of a hundred may
 * be off there.
 */
static void check_gradient(uint32_t act, uint32_t n_classes)
{
	struct net_rows rows = { ROWS, x, y, w, n_classes };
	double *g, up, down, keep, d, h = 1e-6;
	struct net net;
	size_t i, off = 0;

	fill(n_classes);
	net_make(&net, 3, width, act, 7);
	g = calloc(net.n_all, sizeof(*g));
	net_loss(&net, &rows, g);
	for (i = 0; i < net.n_all; i++) {
		keep = net.all[i];
		net.all[i] = keep + h;
		up = net_loss(&net, &rows, NULL);
		net.all[i] = keep - h;
		down = net_loss(&net, &rows, NULL);
		net.all[i] = keep;
		d = (up - down) / (2 * h);
		off += fabs(d - g[i]) > 1e-6 + 1e-4 * fabs(d);
	}
	assert_in_range(off, 0, act == ACT_RELU ? net.n_all / 50 : 0);
	free(g);
	net_free(&net);
}

static void gradients(void **none)
{
	(void)none;
	check_gradient(ACT_TANH, 3);
	check_gradient(ACT_RELU, 3);
	check_gradient(ACT_TANH, 0);
	check_gradient(ACT_RELU, 0);
}

/* The same function before and behind. */
static void scales(void **none)
{
	double mean[] = { 1, -2, 30, 4, 5 }, dev[] = { 2, 0.5, 10, 1, 100 }, scaled[10], a[6], b[6];
	struct net_scale s = { mean, dev, 7, 3 };
	struct net net;
	int i;

	(void)none;
	fill(3);
	net_make(&net, 3, width, ACT_TANH, 3);
	for (i = 0; i < 10; i++)
		scaled[i] = (x[i] - mean[i % 5]) / dev[i % 5];
	net_run(&net, scaled, 2, a);
	net_unfold(&net, &s);
	net_run(&net, x, 2, b);
	for (i = 0; i < 6; i++)
		assert_true(fabs(a[i] * 3 + 7 - b[i]) < 1e-9);
	net_fold(&net, &s);
	net_run(&net, scaled, 2, b);
	for (i = 0; i < 6; i++)
		assert_true(fabs(a[i] - b[i]) < 1e-9);
	net_free(&net);
}

static void graphs_and_files(void **none)
{
	char path[] = "/tmp/lfd-net-XXXXXX";
	double a[3], b[3];
	struct graph_err err;
	struct net net, back;
	struct graph *g;
	int fd = mkstemp(path);

	(void)none;
	close(fd);
	fill(3);
	net_make(&net, 3, width, ACT_RELU, 3);
	net_run(&net, x, 1, a);
	g = net_graph(&net, "test", 3);
	graph_run(g, x, b);
	assert_true(fabs(a[0] - b[0]) + fabs(a[1] - b[1]) + fabs(a[2] - b[2]) < 1e-9);
	assert_int_equal(net_of_graph(&back, g, &err), 0);
	assert_int_equal(back.act, ACT_RELU);
	assert_memory_equal(back.all, net.all, net.n_all * sizeof(double));
	net_free(&back);
	graph_free(g);
	assert_int_equal(net_save(&net, path, &err), 0);
	assert_int_equal(net_load(&back, path, &err), 0);
	assert_memory_equal(back.all, net.all, net.n_all * sizeof(double));
	net_free(&back);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(net_load(&back, path, &err), -1);
	net_free(&net);
	unlink(path);
}

static double wrong(const struct net *net, const struct dataset *d)
{
	double out[3], n = 0, bad = 0;
	size_t i;
	int k, best;

	for (i = 0; i < d->n; i++) {
		if (!(d->hw[i] > 0))
			continue;
		net_run(net, d->x + i * d->n_in, 1, out);
		for (k = best = 0; k < (d->n_classes ? 3 : 1); k++)
			best = out[k] > out[best] ? k : best;
		bad += d->n_classes ? dataset_loss(d, i, best) : dataset_loss(d, i, out[0]);
		n++;
	}
	return bad / n;
}

static void learns(void **none)
{
	uint32_t shape[] = { 3, 16, 8, 3 };
	struct adam_result r;
	struct dataset d;
	struct net net;

	(void)none;
	assert_true(rows_make(&d, LABEL_CLASS, 4000, 1));
	net_make(&net, 3, shape, ACT_RELU, 1);
	adam_train(&net, &d, true, UINT64_MAX, &r);
	print_message("classes: %u epochs, %.2f %% of held-out rows wrong\n", r.epochs,
		      100 * wrong(&net, &d));
	assert_true(r.settled);
	assert_true(wrong(&net, &d) < 0.05);
	/* Goes on from there, and is no worse for it. */
	adam_train(&net, &d, false, UINT64_MAX, &r);
	assert_true(wrong(&net, &d) < 0.05);
	net_free(&net);
	dataset_free(&d);
}

static void learns_values(void **none)
{
	uint32_t shape[] = { 3, 16, 8, 1 };
	struct adam_result r;
	struct dataset d;
	struct net net;

	(void)none;
	assert_true(rows_make(&d, LABEL_BYTES, 3000, 1));
	net_make(&net, 3, shape, ACT_TANH, 1);
	adam_train(&net, &d, true, UINT64_MAX, &r);
	print_message("values: %u epochs, off by %.2f %% of the range\n", r.epochs,
		      100 * wrong(&net, &d));
	assert_true(r.settled);
	assert_true(wrong(&net, &d) < 0.04);
	net_free(&net);
	dataset_free(&d);
}

static void settles(void **none)
{
	double falling[30], flat[30];
	int i;

	(void)none;
	for (i = 0; i < 30; i++) {
		falling[i] = pow(0.95, i);
		flat[i] = 0.3 + 0.002 * (i % 3);
	}
	assert_false(adam_settled(falling, 30));
	assert_true(adam_settled(flat, 30));
	assert_false(adam_settled(flat, 11));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients),	    cmocka_unit_test(scales),
		cmocka_unit_test(graphs_and_files), cmocka_unit_test(settles),
		cmocka_unit_test(learns),	    cmocka_unit_test(learns_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
