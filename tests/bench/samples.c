// SPDX-License-Identifier: GPL-2.0
/*
 * How many samples a second lfctl record can decode and write on one processor, without the kernel
 * and its socket:
 *
 *	build/bench/samples FILE.npy
 *
 * Batches as the kernel sends them (58 samples of 23 inputs and 6 outputs) go through the functions
 * of lfctl record into the file. Prints the processor time of a sample, the median of seven rounds.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../lfctl/messages.h"
#include "lfctl/lib/sink.h"

#define INPUTS	23
#define OUTPUTS	6
#define SAMPLES	58
#define BATCHES	5000
#define ROUNDS	7

static struct message m;

/* As in lfctl's main.c, which is not in its library. */
int lfctl_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

static void make_batch(void)
{
	uint8_t data[16384], *p = data;
	uint32_t i;

	message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
	message_head(&m, "web", INPUTS, OUTPUTS, 9, 0);
	for (i = 0; i < SAMPLES; i++)
		p = message_sample(p, i, INPUTS + OUTPUTS);
	mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_SAMPLES, p - data, data);
}

static int write_batch(struct sink *s, struct batch_track *track)
{
	int32_t x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	struct batch_sample sample;
	struct batch b;
	uint32_t i;

	if (batch_parse(m.nlh, &b) || b.n_samples != SAMPLES)
		return -1;
	batch_track(track, &b);
	for (i = 0; i < b.n_samples; i++) {
		batch_sample(&b, i, &sample, x, y);
		if (sink_sample(s, &b, &sample, x, y, NULL))
			return -1;
	}
	return 0;
}

/* Nanoseconds of processor time for a sample; ends the program if one is not written. */
static double round_of(struct sink *s, struct batch_track *track)
{
	struct timespec a, b;
	int i;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (i = 0; i < BATCHES; i++)
		if (write_batch(s, track)) {
			fprintf(stderr, "samples: a batch was not written\n");
			exit(1);
		}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	return ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / BATCHES / SAMPLES;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct sink_layout layout = { .n_inputs = INPUTS, .n_outputs = OUTPUTS };
	struct batch_track track = { 0 };
	double ns[ROUNDS];
	struct sink s;
	int i;

	if (argc != 2 || sink_open(&s, argv[1], SINK_NPY) || sink_begin_samples(&s, &layout))
		return 1;
	make_batch();
	for (i = 0; i < ROUNDS; i++)
		ns[i] = round_of(&s, &track);
	if (sink_close(&s))
		return 1;
	qsort(ns, ROUNDS, sizeof(ns[0]), ascending);
	printf("lfctl record: %.0f ns a sample to decode and write, %.1f M samples/s\n",
	       ns[ROUNDS / 2], 1e3 / ns[ROUNDS / 2]);
	return 0;
}
