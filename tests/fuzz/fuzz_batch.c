// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as one message of the sample stream: decoded, tracked and written in both formats.
 * The input is what stands behind the netlink header; the header is made here, as the kernel's is always sound.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/liteflow.h>

#include "../../lfctl/batch.h"
#include "../../lfctl/lfctl.h"
#include "../../lfctl/sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int lfctl_fail(const char *fmt, ...)
{
	(void)fmt;
	return LFCTL_FAIL;
}

/* Formats without a file behind them: the buffer starts anew at each message. */
static void write_rows(const struct batch *b, enum sink_format format, char *buf)
{
	struct sink s = { .path = "fuzz", .format = format, .fd = -1, .buf = buf };
	int32_t x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	struct batch_sample r;
	struct batch_outcome o;
	uint32_t i;

	for (i = 0; i < b->n_samples; i++) {
		batch_sample(b, i, &r, x, y);
		s.used = 0;
		sink_sample(&s, b, &r, x, y);
	}
	s.fd = 0;	/* outcomes are only written where there is a file */
	for (i = 0; i < b->n_outcomes; i++) {
		batch_outcome(b, i, &o);
		s.used = 0;
		sink_outcome(&s, b, &o);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct batch_track track;
	static char *buf;
	struct nlmsghdr *nlh;
	struct batch b;

	if (size > 65536)
		return 0;
	if (!buf)
		buf = malloc(256 * 1024);
	/* Exactly as large as the message: a byte behind it is an error that the sanitizer sees. */
	nlh = malloc(sizeof(*nlh) + size);
	memset(nlh, 0, sizeof(*nlh));
	nlh->nlmsg_len = sizeof(*nlh) + size;
	if (size)
		memcpy(nlh + 1, data, size);
	if (!batch_parse(nlh, &b)) {
		batch_track(&track, &b);
		write_rows(&b, SINK_NPY, buf);
		write_rows(&b, SINK_CSV, buf);
	}
	free(nlh);
	return 0;
}
