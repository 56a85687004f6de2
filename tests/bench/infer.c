// SPDX-License-Identifier: GPL-2.0
/*
 * Time of one inference, on this machine, in one process.
 *
 * Variants take turns, sample by sample, so that what disturbs one disturbs all. A sample is CALLS
 * calls on changing inputs with an lfence between them (latency, not throughput), less the same
 * with an empty function. Shown are the median and the 10th percentile of the samples. Cold: 4 MiB
 * are read before each single call, so that code and data come from beyond L2. Scalar code is
 * compiled with the flags of a kernel; the ratio is to the first row of its kind.
 */
#include <stdlib.h>
#include <time.h>

#include "../../kmod/engine/arena.h"
#include "infer_models.h"
#include "rival.h"

#define CALLS		32
#define SAMPLES		1500
#define COLD_SAMPLES	300
#define ROWS		1024
#define BATCH		16
#define COLD_BYTES	(4u << 20)
#define FOREST		8	/* the first row of forests */

void lq_pack_loops(struct lq_arena *a, const u8 *file, const struct lq_info *info,
		   struct lq_forest *f);

static struct lq_model *net, *heap, *loop;
static struct lq_batch_scratch *scratch;
static s32 x_net[ROWS + BATCH][30], x_forest[ROWS][FOREST_INPUTS], y[BATCH * LQ_MAX_OUTPUTS];
static s64 x_rival[ROWS][30];

static void nothing(u32 row)
{
	__asm__ volatile("" : : "r"(row));
}

static void net_rival(u32 row)
{
	y[0] = (s32)rival_net(x_rival[row]);
}

static void net_plain(u32 row)
{
	lq_infer(net, LQ_PATH_PLAIN, x_net[row], y, &scratch->one);
}

static void net_swar(u32 row)
{
	lq_infer(net, LQ_PATH_SWAR, x_net[row], y, &scratch->one);
}

static void net_avx2(u32 row)
{
	lq_infer(net, LQ_PATH_AVX2, x_net[row], y, &scratch->one);
}

static void net_batch(u32 row)
{
	lq_infer_batch(net, LQ_PATH_AVX2, x_net[row], y, BATCH, scratch);
}

static void net_avx512(u32 row)
{
	lq_infer(net, LQ_PATH_AVX512, x_net[row], y, &scratch->one);
}

static void net_batch_avx512(u32 row)
{
	lq_infer_batch(net, LQ_PATH_AVX512, x_net[row], y, BATCH, scratch);
}

static void forest_rival(u32 row)
{
	rival_forest(x_forest[row], y);
}

static void forest_heap(u32 row)
{
	lq_infer(heap, LQ_PATH_SWAR, x_forest[row], y, &scratch->one);
}

static void forest_loop(u32 row)
{
	lq_infer(loop, LQ_PATH_SWAR, x_forest[row], y, &scratch->one);
}

static void forest_plain(u32 row)
{
	lq_infer(loop, LQ_PATH_PLAIN, x_forest[row], y, &scratch->one);
}

static struct variant {
	const char *name;
	void (*call)(u32 row);
	u32 per;		/* inferences a call */
	enum lq_path path;	/* that the machine must have */
	u32 base;		/* index of the row that the ratio is to */
	double warm[SAMPLES];
	double cold[COLD_SAMPLES];
} variants[] = {
	{ .name = "empty call", .call = nothing, .per = 1 },
	{ .name = "net: s64 constants in code, list of layers",
	  .call = net_rival,
	  .per = 1,
	  .base = 1 },
	{ .name = "net: engine, plain", .call = net_plain, .per = 1, .base = 1 },
	{ .name = "net: engine, SWAR", .call = net_swar, .per = 1, .base = 1 },
	{ .name = "net: engine, AVX2",
	  .call = net_avx2,
	  .per = 1,
	  .path = LQ_PATH_AVX2,
	  .base = 1 },
	{ .name = "net: engine, AVX2, batch of 16, each",
	  .call = net_batch,
	  .per = BATCH,
	  .path = LQ_PATH_AVX2,
	  .base = 1 },
	{ .name = "net: engine, AVX-512",
	  .call = net_avx512,
	  .per = 1,
	  .path = LQ_PATH_AVX512,
	  .base = 1 },
	{ .name = "net: engine, AVX-512, batch of 16, each",
	  .call = net_batch_avx512,
	  .per = BATCH,
	  .path = LQ_PATH_AVX512,
	  .base = 1 },
	{ .name = "forest: if-else in code", .call = forest_rival, .per = 1, .base = FOREST },
	{ .name = "forest: engine, heap form", .call = forest_heap, .per = 1, .base = FOREST },
	{ .name = "forest: engine, loop form", .call = forest_loop, .per = 1, .base = FOREST },
	{ .name = "forest: engine, loop form, one by one",
	  .call = forest_plain,
	  .per = 1,
	  .base = FOREST },
};

static u64 ticks(void)
{
	u32 lo, hi;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static double ticks_per_ns(void)
{
	struct timespec a, b;
	u64 t0, t1;
	double ns;

	clock_gettime(CLOCK_MONOTONIC, &a);
	t0 = ticks();
	do
		clock_gettime(CLOCK_MONOTONIC, &b);
	while ((ns = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) < 1e8);
	t1 = ticks();
	return (double)(t1 - t0) / ns;
}

static double time_warm(void (*call)(u32), u32 *row)
{
	u64 t = ticks();
	u32 k;

	for (k = 0; k < CALLS; k++) {
		call((*row)++ % ROWS);
		__asm__ volatile("lfence" : : : "memory");
	}
	return (double)(ticks() - t) / CALLS;
}

static double time_cold(void (*call)(u32), u32 *row)
{
	static volatile u8 *sweep;
	u64 t;
	u32 k;

	if (!sweep)
		sweep = calloc(1, COLD_BYTES);
	for (k = 0; k < COLD_BYTES; k += 64)
		sweep[k]++;
	t = ticks();
	call((*row)++ % ROWS);
	return (double)(ticks() - t);
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

static void *aligned(size_t n)
{
	void *p = aligned_alloc(LQ_ALIGN, (n + LQ_ALIGN - 1) & ~(size_t)(LQ_ALIGN - 1));

	if (!p)
		exit(2);
	memset(p, 0, n);
	return p;
}

static struct lq_model *load(const u8 *file, size_t len, bool loops)
{
	struct lq_info info;
	struct lq_arena a;
	struct lq_err err;
	struct lq_model *m;

	if (lq_validate(file, len, &info, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(2);
	}
	if (!loops)
		return lq_pack(file, &info, aligned(info.model_bytes));
	a.mem = aligned(1u << 20);
	a.used = 0;
	m = lq_carve(&a, 1, sizeof(*m));
	m->info = info;
	lq_pack_loops(&a, file, &info, &m->forest);
	return m;
}

/* Rivals and engine must compute the same forest. */
static void check_forests(void)
{
	s32 want[FOREST_CLASSES];
	u32 k;

	for (k = 0; k < ROWS; k++) {
		forest_rival(k);
		memcpy(want, y, sizeof(want));
		forest_heap(k);
		if (memcmp(want, y, sizeof(want)))
			exit(3);
		forest_loop(k);
		if (memcmp(want, y, sizeof(want)))
			exit(3);
	}
}

static void set_up(void)
{
	struct lq_rng r = { 103 };
	size_t len;
	u8 *file = bench_net(&len);
	u32 k, i;

	net = load(file, len, false);
	file = bench_forest(&len);
	heap = load(file, len, false);
	loop = load(file, len, true);
	scratch = aligned(sizeof(*scratch));
	for (k = 0; k < ROWS + BATCH; k++)
		for (i = 0; i < 30; i++) {
			x_net[k][i] = (s32)rng_range(&r, -100000, 100000);
			if (k < ROWS)
				x_rival[k][i] = rng_range(&r, 0, 5510);
		}
	for (k = 0; k < ROWS; k++)
		for (i = 0; i < FOREST_INPUTS; i++)
			x_forest[k][i] = (s32)rng_below(&r, 1000);
	check_forests();
}

static bool runs(const struct variant *v)
{
	return lq_path_usable(v->path);
}

static void measure(void)
{
	u32 s, v, row = 0;

	for (s = 0; s < SAMPLES; s++)
		for (v = 0; v < ARRAY_SIZE(variants); v++)
			if (runs(&variants[v])) {
				if (s % 8 == 0)
					time_warm(variants[v].call, &row);
				variants[v].warm[s] = time_warm(variants[v].call, &row);
			}
	for (s = 0; s < COLD_SAMPLES; s++)
		for (v = 0; v < ARRAY_SIZE(variants); v++)
			if (runs(&variants[v]))
				variants[v].cold[s] = time_cold(variants[v].call, &row);
	for (v = 0; v < ARRAY_SIZE(variants); v++) {
		qsort(variants[v].warm, SAMPLES, sizeof(double), by_value);
		qsort(variants[v].cold, COLD_SAMPLES, sizeof(double), by_value);
	}
}

static double at(const struct variant *v, const double *sorted, const double *empty, u32 k,
		 double per_ns)
{
	return (sorted[k] - empty[k]) / per_ns / v->per;
}

int main(void)
{
	double per_ns = ticks_per_ns(), p50, p10, cold, base;
	const struct variant *e = &variants[0], *v, *b;

	set_up();
	measure();
	printf("%-44s %8s %8s %8s %8s\n", "ns per inference", "median", "p10", "cold", "ratio");
	for (v = variants + 1; v < variants + ARRAY_SIZE(variants); v++) {
		if (!runs(v))
			continue;
		b = &variants[v->base];
		p50 = at(v, v->warm, e->warm, SAMPLES / 2, per_ns);
		p10 = at(v, v->warm, e->warm, SAMPLES / 10, per_ns);
		cold = at(v, v->cold, e->cold, COLD_SAMPLES / 2, per_ns);
		base = at(b, b->warm, e->warm, SAMPLES / 2, per_ns);
		if (!(p50 > 0 && cold > 0 && base > 0)) {
			fprintf(stderr,
				"infer: not measured: %s (%.1f ns, cold %.1f ns, beside %.1f ns)\n",
				v->name, p50, cold, base);
			return 1;
		}
		printf("%-44s %8.0f %8.0f %8.0f %7.2fx\n", v->name, p50, p10, cold, base / p50);
	}
	return 0;
}
