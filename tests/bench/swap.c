// SPDX-License-Identifier: GPL-2.0
/*
 * How long from a snapshot file to its being active: build/bench/swap-bench SLOT FILE...
 *
 * Loads the files in turn into the kernel and makes each the slot's active snapshot; a file that
 * the kernel has already would be a mere look-up, so give as many files as swaps. Timed one after
 * the other: reading the file and proving it here; the upload, with the kernel's proof and golden
 * vectors on every path; the swap up to its ack. Prints median, 90th percentile and maximum of each
 * in microseconds, and how many of them succeeded.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lfctl/cmd/snapshot.h"
#include "../../lfctl/lib/file.h"
#include "../../lfctl/lib/lfctl.h"
#include "../../lfctl/lib/nl.h"

/* What lfctl's main.c would have. */
static int complain(const char *fmt, va_list ap, int status)
{
	fputs("swap-bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	return status;
}

int lfctl_fail(const char *fmt, ...)
{
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = complain(fmt, ap, LFCTL_FAIL);
	va_end(ap);
	return status;
}

int lfctl_usage(const struct command *cmd, const char *fmt, ...)
{
	va_list ap;
	int status;

	(void)cmd;
	va_start(ap, fmt);
	status = complain(fmt, ap, LFCTL_USAGE);
	va_end(ap);
	return status;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int install(struct nl *nl, const char *slot, const struct snapshot_ref *ref)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SLOT_INSTALL, 0);

	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, slot);
	mnl_attr_put(nlh, LITEFLOW_A_SLOT_HASH, LQ_HASH_LEN, ref->hash);
	mnl_attr_put(nlh, LITEFLOW_A_SLOT_ACTIVATE, 0, NULL);
	return nl_talk(nl, nlh) ? nl_fail(nl, "slot %s", slot) : 0;
}

enum step { READ, UPLOAD, SWAP, TO_ACTIVE, STEPS };

static const char *const step_names[STEPS] = {
	"file read and proved by lfctl",
	"upload and proof by the kernel",
	"swap",
	"upload to active",
};

/* One file; us[] by step. */
static int one(struct nl *nl, const char *slot, const char *path, double *us)
{
	double t0 = now_us(), t1, t2;
	struct snapshot_ref ref;
	struct file file;
	int status = file_read(&file, path);

	if (status)
		return status;
	t1 = now_us();
	status = snapshot_send(nl, &file, path, &ref);
	t2 = now_us();
	if (!status)
		status = install(nl, slot, &ref);
	us[READ] = t1 - t0;
	us[UPLOAD] = t2 - t1;
	us[SWAP] = now_us() - t2;
	us[TO_ACTIVE] = us[UPLOAD] + us[SWAP];
	file_free(&file);
	return status;
}

static void report(double *us, int done, enum step step)
{
	qsort(us, done, sizeof(*us), ascending);
	printf("%-32s %8.0f %8.0f %8.0f\n", step_names[step], us[done / 2], us[done * 9 / 10],
	       us[done - 1]);
}

int main(int argc, char **argv)
{
	/* for traffic to meet each of them */
	const struct timespec pause = { .tv_nsec = 40 * 1000 * 1000 };
	const struct lfctl ctl = { .json = false };
	int i, n, step, done = 0;
	double *us[STEPS], now[STEPS];
	struct nl nl;

	if (argc < 3) {
		fprintf(stderr, "usage: swap-bench SLOT FILE...\n");
		return 2;
	}
	n = argc - 2;
	for (step = 0; step < STEPS; step++) {
		us[step] = calloc(n, sizeof(**us));
		if (!us[step])
			return 1;
	}
	if (nl_open(&nl, &ctl))
		return 1;
	for (i = 0; i < n; i++) {
		if (one(&nl, argv[1], argv[2 + i], now))
			break;
		for (step = 0; step < STEPS; step++)
			us[step][done] = now[step];
		done++;
		nanosleep(&pause, NULL);
	}
	printf("%-32s %8s %8s %8s   (%d of %d)\n", "us", "median", "p90", "max", done, n);
	for (step = 0; done && step < STEPS; step++)
		report(us[step], done, step);
	nl_close(&nl);
	return done == n ? 0 : 1;
}
