// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as one message of the sample stream: decoded, tracked and written in both formats. An
 * even first byte: the rest is what stands behind the netlink header. An odd one: a sound head is
 * put before it, and the next two bytes are the numbers of inputs and outputs, so that no fuzzer
 * has to find those by chance.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/liteflow.h>

#include "../../lfctl/lib/batch.h"
#include "../../lfctl/lib/lfctl.h"
#include "../../lfctl/lib/sink.h"

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
	int32_t x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS], terms[LQ_N_REWARDS];
	struct batch_sample r;
	struct batch_outcome o;
	struct batch_label l;
	uint32_t i;

	for (i = 0; i < b->n_samples; i++) {
		batch_sample(b, i, &r, x, y);
		if (b->rewarded)
			batch_rewards(b, i, terms);
		s.used = 0;
		sink_sample(&s, b, &r, x, y, b->rewarded ? terms : NULL);
	}
	s.fd = 0;	/* outcomes are only written where there is a file */
	for (i = 0; i < b->n_outcomes; i++) {
		batch_outcome(b, i, &o);
		batch_label(b, i, &l);
		s.used = 0;
		sink_outcome(&s, b, &o, &l, batch_peer(b, i));
	}
}

/* A message with a sound head and the input as samples, as outcomes, or as further attributes. */
static size_t with_head(struct nlmsghdr *nlh, const uint8_t *data, size_t size)
{
	static const uint8_t hash[LQ_HASH_LEN];
	struct genlmsghdr *genl;

	nlh = mnl_nlmsg_put_header(nlh);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = LITEFLOW_CMD_BATCH_NTF;
	mnl_attr_put_strz(nlh, LITEFLOW_A_BATCH_SLOT, "web");
	mnl_attr_put(nlh, LITEFLOW_A_BATCH_HASH, sizeof(hash), hash);
	mnl_attr_put_u32(nlh, LITEFLOW_A_BATCH_N_INPUTS, data[0]);
	mnl_attr_put_u32(nlh, LITEFLOW_A_BATCH_N_OUTPUTS, data[1] & 63);
	mnl_attr_put_u32(nlh, LITEFLOW_A_BATCH_SEQ, data[1]);
	data += 2;
	size -= 2;
	switch (data[-1] >> 6) {
	case 0:
		mnl_attr_put(nlh, LITEFLOW_A_BATCH_SAMPLES, size, data);
		break;
	case 1:
		mnl_attr_put(nlh, LITEFLOW_A_BATCH_OUTCOMES, size, data);
		break;
	default:
		memcpy(mnl_nlmsg_get_payload_tail(nlh), data, size);
		nlh->nlmsg_len += size;
	}
	return nlh->nlmsg_len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char scratch[65536 + 4096] __attribute__((__aligned__(8)));
	static struct batch_track track;
	static char *buf;
	struct nlmsghdr *nlh;
	struct batch b;

	size_t len;

	if (size < 3 || size > 65000)
		return 0;
	if (!buf)
		buf = malloc(256 * 1024);
	if (data[0] & 1) {
		len = with_head((void *)scratch, data + 1, size - 1);
	} else {
		memset(scratch, 0, sizeof(*nlh));
		memcpy(scratch + sizeof(*nlh), data + 1, size - 1);
		len = sizeof(*nlh) + size - 1;
	}
	/* Exactly as large as the message: a byte behind it is an error that the sanitizer sees. */
	nlh = malloc(len);
	memcpy(nlh, scratch, len);
	nlh->nlmsg_len = len;
	if (!batch_parse(nlh, &b)) {
		batch_track(&track, &b);
		write_rows(&b, SINK_NPY, buf);
		write_rows(&b, SINK_CSV, buf);
	}
	free(nlh);
	return 0;
}
