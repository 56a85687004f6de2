// SPDX-License-Identifier: GPL-2.0
/*
 * For ss and similar tools; <linux/liteflow_tcp.h> describes the answers. No lock is held, so
 * numbers may be torn.
 */
#include "conn.h"

#include <linux/inet_diag.h>

static size_t native(const struct lft_sock *s, int *attr, void *to)
{
	u64 rate = READ_ONCE(s->rate);
	struct liteflow_tcp_info info = {
		.rate_lo = rate,
		.rate_hi = rate >> 32,
		.state = READ_ONCE(s->state),
		.least_us = READ_ONCE(s->least_us),
		.latency_ratio = READ_ONCE(s->ratio),
		.snapshot = READ_ONCE(s->hash),
	};

	BUILD_BUG_ON(sizeof(info) > sizeof(union tcp_cc_info));
	memcpy(to, &info, sizeof(info));
	*attr = LITEFLOW_TCP_INFO;
	return sizeof(info);
}

/* In steps of 1/256, as ss takes them. */
static size_t as_bbr(const struct lft_sock *s, int *attr, struct tcp_bbr_info *bbr)
{
	u64 rate = READ_ONCE(s->rate);

	bbr->bbr_bw_lo = rate;
	bbr->bbr_bw_hi = rate >> 32;
	bbr->bbr_min_rtt = READ_ONCE(s->least_us);
	bbr->bbr_pacing_gain = READ_ONCE(s->ratio) >> (LF_SHIFT - 8);
	bbr->bbr_cwnd_gain = READ_ONCE(s->state) << 8;
	*attr = INET_DIAG_BBRINFO;
	return sizeof(*bbr);
}

size_t lft_get_info(struct sock *sk, u32 ext, int *attr, union tcp_cc_info *info)
{
	const struct lft_sock *s = lft_sock(sk);

	if (ext & ((1 << (INET_DIAG_VEGASINFO - 1)) | (1 << (INET_DIAG_BBRINFO - 1))))
		return as_bbr(s, attr, &info->bbr);
	if (ext & LITEFLOW_TCP_EXT)
		return native(s, attr, info);
	return 0;
}
