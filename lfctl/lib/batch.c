// SPDX-License-Identifier: GPL-2.0
#include "batch.h"

#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/liteflow.h>

_Static_assert(sizeof(struct batch_sample) == 24, "the fixed part of a sample has 24 bytes");
_Static_assert(sizeof(struct batch_outcome) == 48, "an outcome has 48 bytes");
_Static_assert(sizeof(struct batch_label) == 24, "a label has 24 bytes");

#define REWARDS_MAX	1024	/* a larger number of terms is invalid */

static const uint8_t types[LITEFLOW_A_BATCH_MAX + 1] = {
	[LITEFLOW_A_BATCH_SLOT] = MNL_TYPE_NUL_STRING,
	[LITEFLOW_A_BATCH_HASH] = MNL_TYPE_BINARY,
	[LITEFLOW_A_BATCH_GENERATION] = MNL_TYPE_U32,
	[LITEFLOW_A_BATCH_CPU] = MNL_TYPE_U32,
	[LITEFLOW_A_BATCH_SEQ] = MNL_TYPE_U32,
	[LITEFLOW_A_BATCH_LOST] = MNL_TYPE_U64,
	[LITEFLOW_A_BATCH_N_INPUTS] = MNL_TYPE_U32,
	[LITEFLOW_A_BATCH_N_OUTPUTS] = MNL_TYPE_U32,
	[LITEFLOW_A_BATCH_SAMPLES] = MNL_TYPE_BINARY,
	[LITEFLOW_A_BATCH_OUTCOMES] = MNL_TYPE_BINARY,
	[LITEFLOW_A_BATCH_N_REWARDS] = MNL_TYPE_U32,
	[LITEFLOW_A_BATCH_REWARDS] = MNL_TYPE_BINARY,
	[LITEFLOW_A_BATCH_LABELS] = MNL_TYPE_BINARY,
	[LITEFLOW_A_BATCH_PEERS] = MNL_TYPE_BINARY,
};

static int attr_cb(const struct nlattr *attr, void *data)
{
	const struct nlattr **tb = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type > LITEFLOW_A_BATCH_MAX || types[type] == MNL_TYPE_UNSPEC)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, types[type]) < 0)
		return MNL_CB_ERROR;
	tb[type] = attr;
	return MNL_CB_OK;
}

static size_t sample_len(const struct batch *b)
{
	return sizeof(struct batch_sample) + 4 * ((size_t)b->n_inputs + b->n_outputs);
}

/* Records of `each` bytes in an optional attribute; false if they do not fill it exactly. */
static bool records(const struct nlattr *attr, size_t each, const uint8_t **p, uint32_t *n)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	*p = attr ? mnl_attr_get_payload(attr) : NULL;
	*n = len / each;
	return len % each == 0;
}

/*
 * False if there are not as many as samples. A module that knows fewer terms counts as one without.
 */
static bool rewards(struct batch *b, const struct nlattr **tb)
{
	uint32_t n = tb[LITEFLOW_A_BATCH_N_REWARDS] ?
			     mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_N_REWARDS]) :
			     0,
		 rows;

	if (!n)
		return true;
	if (n > REWARDS_MAX || !records(tb[LITEFLOW_A_BATCH_REWARDS], 4 * n, &b->rewards, &rows) ||
	    rows != b->n_samples)
		return false;
	b->n_rewards = n;
	b->rewarded = n >= LQ_N_REWARDS && rows;
	return true;
}

/* False if there are not as many as outcomes. An older module sends none. */
static bool beside_outcomes(const struct batch *b, const struct nlattr *attr, size_t each,
			    const uint8_t **p)
{
	uint32_t n;

	return !attr || (records(attr, each, p, &n) && n == b->n_outcomes);
}

static int fill(struct batch *b, const struct nlattr **tb)
{
	if (!tb[LITEFLOW_A_BATCH_SLOT] || !tb[LITEFLOW_A_BATCH_HASH] ||
	    !tb[LITEFLOW_A_BATCH_N_INPUTS] || !tb[LITEFLOW_A_BATCH_N_OUTPUTS])
		return -1;
	if (mnl_attr_get_payload_len(tb[LITEFLOW_A_BATCH_SLOT]) > sizeof(b->slot) ||
	    mnl_attr_get_payload_len(tb[LITEFLOW_A_BATCH_HASH]) != sizeof(b->hash))
		return -1;
	strcpy(b->slot, mnl_attr_get_str(tb[LITEFLOW_A_BATCH_SLOT]));
	memcpy(b->hash, mnl_attr_get_payload(tb[LITEFLOW_A_BATCH_HASH]), sizeof(b->hash));
	b->n_inputs = mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_N_INPUTS]);
	b->n_outputs = mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_N_OUTPUTS]);
	if (b->n_inputs > LQ_MAX_INPUTS || b->n_outputs > LQ_MAX_OUTPUTS)
		return -1;
	if (tb[LITEFLOW_A_BATCH_GENERATION])
		b->generation = mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_GENERATION]);
	if (tb[LITEFLOW_A_BATCH_CPU])
		b->cpu = mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_CPU]);
	if (tb[LITEFLOW_A_BATCH_SEQ])
		b->seq = mnl_attr_get_u32(tb[LITEFLOW_A_BATCH_SEQ]);
	if (tb[LITEFLOW_A_BATCH_LOST])
		b->lost = mnl_attr_get_u64(tb[LITEFLOW_A_BATCH_LOST]);
	if (!records(tb[LITEFLOW_A_BATCH_SAMPLES], sample_len(b), &b->samples, &b->n_samples) ||
	    !records(tb[LITEFLOW_A_BATCH_OUTCOMES], sizeof(struct batch_outcome), &b->outcomes,
		     &b->n_outcomes))
		return -1;
	return rewards(b, tb) &&
	       beside_outcomes(b, tb[LITEFLOW_A_BATCH_LABELS], sizeof(struct batch_label),
			       &b->labels) &&
	       beside_outcomes(b, tb[LITEFLOW_A_BATCH_PEERS], sizeof(uint64_t), &b->peers) ?
		       0 : -1;
}

int batch_parse(const struct nlmsghdr *nlh, struct batch *b)
{
	const struct nlattr *tb[LITEFLOW_A_BATCH_MAX + 1] = { NULL };
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	memset(b, 0, sizeof(*b));
	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*genl)) || genl->cmd != LITEFLOW_CMD_BATCH_NTF)
		return 1;
	/*
	 * The kernel pads every attribute; libmnl assumes the padding and would read beyond the
	 * message.
	 */
	if (nlh->nlmsg_len % MNL_ALIGNTO || mnl_attr_parse(nlh, sizeof(*genl), attr_cb, tb) < 0)
		return -1;
	return fill(b, tb);
}

void batch_sample(const struct batch *b, uint32_t i, struct batch_sample *s, int32_t *x, int32_t *y)
{
	const uint8_t *p = b->samples + i * sample_len(b);

	memcpy(s, p, sizeof(*s));
	p += sizeof(*s);
	memcpy(x, p, 4 * b->n_inputs);
	memcpy(y, p + 4 * b->n_inputs, 4 * b->n_outputs);
}

void batch_rewards(const struct batch *b, uint32_t i, int32_t r[LQ_N_REWARDS])
{
	memcpy(r, b->rewards + 4 * (size_t)b->n_rewards * i, 4 * LQ_N_REWARDS);
}

void batch_outcome(const struct batch *b, uint32_t i, struct batch_outcome *o)
{
	memcpy(o, b->outcomes + i * sizeof(*o), sizeof(*o));
}

void batch_label(const struct batch *b, uint32_t i, struct batch_label *l)
{
	memset(l, 0, sizeof(*l));
	if (b->labels)
		memcpy(l, b->labels + i * sizeof(*l), sizeof(*l));
}

uint64_t batch_peer(const struct batch *b, uint32_t i)
{
	uint64_t peer = 0;

	if (b->peers)
		memcpy(&peer, b->peers + i * sizeof(peer), sizeof(peer));
	return peer;
}

void batch_track(struct batch_track *t, const struct batch *b)
{
	struct batch_cpu *c;
	int32_t step;

	if (b->cpu >= BATCH_CPUS)
		return;
	c = &t->cpu[b->cpu];
	step = (int32_t)(b->seq - c->seq);
	if (c->seen && step > 0) {
		t->gap_batches += step - 1;
		t->lost += b->lost > c->lost ? b->lost - c->lost : 0;
	}
	c->seen = true;
	c->seq = b->seq;
	c->lost = b->lost;
}
