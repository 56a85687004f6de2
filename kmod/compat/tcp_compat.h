/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between the kernels' TCP and sysctls. Included only by the files of tcp_cc/. */
#ifndef LF_TCP_COMPAT_H
#define LF_TCP_COMPAT_H

#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

/* How the kernel calls ->cong_control(): LF_TCP_ are tcp.mk's. */
#ifdef LF_TCP_CONTROL_ACK
#define LF_CONG_CONTROL(name, sk, rs) \
	void name(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs)
#else
#define LF_CONG_CONTROL(name, sk, rs) void name(struct sock *sk, const struct rate_sample *rs)
#endif

/*
 * The start of a transmission is the one frequent event; newer kernels have a separate callback for
 * it.
 */
#ifdef LF_TCP_TX_START
#define LF_CWND_EVENT_TX_START(fn) .cwnd_event_tx_start = fn,
#else
#define LF_CWND_EVENT_TX_START(fn)
#endif

/* What handlers of sysctls get, const or not: as this kernel's own have it. */
typedef typeof(*__builtin_choose_expr(
	__builtin_types_compatible_p(typeof(proc_dostring), int(const struct ctl_table *, int,
								void *, size_t *, loff_t *)),
	(const struct ctl_table *)NULL, (struct ctl_table *)NULL)) lf_ctl_table;

/* @table has one extra zero entry after @n, which ended tables before they had a size. */
static inline struct ctl_table_header *lf_register_net_sysctl(struct net *net, const char *path,
							      struct ctl_table *table, size_t n)
{
#ifdef register_net_sysctl	/* a macro since tables got a size */
	return register_net_sysctl_sz(net, path, table, n);
#else
	return register_net_sysctl(net, path, table);
#endif
}

#endif /* LF_TCP_COMPAT_H */
