// SPDX-License-Identifier: GPL-2.0
/*
 * How long from a snapshot file to its being active: build/bench/swap-bench SLOT FILE...
 *
 * Loads the files in turn into the kernel and makes each the slot's active snapshot; a file that the kernel has already
 * would be a mere look-up, so give as many files as swaps. Timed: reading the file, proving it here, the upload, the
 * kernel's proof and golden vectors on every path, the swap and the last ack.
 * Prints median, 90th percentile and maximum in microseconds, and how many of them succeeded.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lfctl/lfctl.h"
#include "../../lfctl/nl.h"
#include "../../lfctl/snapshot.h"

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

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 40 * 1000 * 1000 };	/* for traffic to meet each of them */
	const struct lfctl ctl = { .json = false };
	struct snapshot_ref ref;
	int i, n, done = 0;
	struct nl nl;
	double *us;

	if (argc < 3) {
		fprintf(stderr, "usage: swap-bench SLOT FILE...\n");
		return 2;
	}
	n = argc - 2;
	us = calloc(n, sizeof(*us));
	if (!us || nl_open(&nl, &ctl))
		return 1;
	for (i = 0; i < n; i++) {
		double from = now_us();

		if (snapshot_load_file(&nl, argv[2 + i], &ref) || install(&nl, argv[1], &ref))
			break;
		us[done++] = now_us() - from;
		nanosleep(&pause, NULL);
	}
	qsort(us, done, sizeof(*us), ascending);
	if (done)
		printf("upload to active, us: median %.0f, p90 %.0f, max %.0f over %d of %d\n", us[done / 2],
		       us[done * 9 / 10], us[done - 1], done, n);
	nl_close(&nl);
	free(us);
	return done == n ? 0 : 1;
}
