/* SPDX-License-Identifier: GPL-2.0 */
/* Batches as the kernel sends them, made by hand. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdint.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/liteflow.h>

#include "../../lfctl/lib/batch.h"

struct message {
	char buf[65536] __attribute__((__aligned__(8)));
	struct nlmsghdr *nlh;
};

static inline void message_begin(struct message *m, uint8_t cmd)
{
	struct genlmsghdr *genl;

	memset(m->buf, 0xa5, sizeof(m->buf));
	m->nlh = mnl_nlmsg_put_header(m->buf);
	m->nlh->nlmsg_type = 0x1f;
	genl = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
}

/* Everything but the records. */
static inline void message_head(struct message *m, const char *slot, uint32_t n_inputs,
				uint32_t n_outputs, uint32_t seq, uint64_t lost)
{
	uint8_t hash[32];

	memset(hash, 0x5e, sizeof(hash));
	mnl_attr_put_strz(m->nlh, LITEFLOW_A_BATCH_SLOT, slot);
	mnl_attr_put(m->nlh, LITEFLOW_A_BATCH_HASH, sizeof(hash), hash);
	mnl_attr_put_u32(m->nlh, LITEFLOW_A_BATCH_GENERATION, 3);
	mnl_attr_put_u32(m->nlh, LITEFLOW_A_BATCH_CPU, 1);
	mnl_attr_put_u32(m->nlh, LITEFLOW_A_BATCH_SEQ, seq);
	mnl_attr_put_u64(m->nlh, LITEFLOW_A_BATCH_LOST, lost);
	mnl_attr_put_u32(m->nlh, LITEFLOW_A_BATCH_N_INPUTS, n_inputs);
	mnl_attr_put_u32(m->nlh, LITEFLOW_A_BATCH_N_OUTPUTS, n_outputs);
}

/*
 * One record of n_inputs + n_outputs words, each 100 i + its index, appended at p; returns its end.
 */
static inline uint8_t *message_sample(uint8_t *p, uint32_t i, uint32_t words)
{
	struct batch_sample s = {
		.time_ns = 0x1122334455667788ull + i,
		.flow = 0xfedcba9876543210ull,
		.packets = 7 + i,
		.attach = LITEFLOW_ATTACH_KIND_HOOK,
		.reason = LITEFLOW_REASON_INFERRED,
		.class = i % 2 ? i : BATCH_NO_CLASS,
	};
	uint32_t w;
	int32_t v;

	memcpy(p, &s, sizeof(s));
	p += sizeof(s);
	for (w = 0; w < words; w++, p += 4) {
		v = w % 2 ? -(int32_t)(100 * i + w) : (int32_t)(100 * i + w);
		memcpy(p, &v, 4);
	}
	return p;
}

#endif /* MESSAGES_H */
