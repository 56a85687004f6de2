/* SPDX-License-Identifier: GPL-2.0 */
/* Rows made from a seed, through a store, for the trainer's tests. */
#ifndef LFD_TEST_ROWS_H
#define LFD_TEST_ROWS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lfd/dataset.h"
#include "lfd/label.h"

static uint64_t rows_state = 1;

static double rows_draw(void)
{
	rows_state ^= rows_state << 13;
	rows_state ^= rows_state >> 7;
	rows_state ^= rows_state << 17;
	return (rows_state >> 11) / (double)(1ull << 53);
}

/* Three classes over pkt.len and flow.bytes_log2; the third feature says nothing. */
static int rows_class(const int32_t *x)
{
	double bytes = x[1] / 256.0;

	return x[0] > 900 ? 2 : bytes + x[0] / 200.0 > 14 ? 1 : 0;
}

static struct store_layout rows_layout(uint32_t what)
{
	struct store_layout l;

	memset(&l, 0, sizeof(l));
	l.n_inputs = 3;
	l.n_outputs = what == LABEL_CLASS ? 3 : 1;
	l.n_classes = what == LABEL_CLASS ? 3 : 0;
	l.what = what;
	strcpy(l.inputs[0], "pkt.len");
	strcpy(l.inputs[1], "flow.bytes_log2");
	strcpy(l.inputs[2], "pkt.ttl");
	strcpy(l.classes[0], "small");
	strcpy(l.classes[1], "middle");
	strcpy(l.classes[2], "large");
	return l;
}

/* What the snapshot that serves said: the class but for every fourth row, whose verdict is 0. */
static void rows_one(struct store *s, uint64_t flow, double labelled)
{
	int32_t x[3] = { 40 + 1460 * rows_draw(), 256 * (5 + 15 * rows_draw()), 64 * rows_draw() },
		y[3] = { 0 };
	int class = rows_class(x);
	struct store_row r = {
		.group = 1 + flow % 50,
		.flow = flow * 0x9e3779b97f4a7c15ull,
		.time_ns = flow,
		.verdict = flow % 4 ? class : 0,
		.labelled = rows_draw() < labelled,
		.packets = 4,
		.hash = { 1 },
	};

	if (s->layout->n_classes) {
		r.label = class;
		y[r.verdict] = 100;
	} else {
		r.label = 4 + x[0] / 200.0 + (x[1] > 3000);
		y[0] = 1 << 16;
	}
	store_add(s, &r, x, y);
}

static bool rows_store(struct store *s, const char *path, uint32_t what, int n, double labelled)
{
	struct store_layout l = rows_layout(what);
	char why[256];
	int i;

	rows_state = 0x853c49e6748fea9bull;
	if (store_open(s, path, &l, 4 << 20, 1, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
		return false;
	}
	for (i = 1; i <= n; i++)
		rows_one(s, i, labelled);
	return true;
}

static inline bool rows_make(struct dataset *d, uint32_t what, int n, double labelled)
{
	char path[] = "/tmp/lfd-rows-XXXXXX";
	int fd = mkstemp(path);
	struct store s;
	bool ok;

	close(fd);
	if (!rows_store(&s, path, what, n, labelled))
		return false;
	ok = dataset_make(d, &s, 0.1, 0.25, 0);
	store_close(&s);
	unlink(path);
	return ok;
}

#endif /* LFD_TEST_ROWS_H */
