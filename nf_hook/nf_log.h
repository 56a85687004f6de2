/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Logs packets as a map asks for: like the LOG target, through the family's logger, with the
 * model's result as the prefix. There are fewer hooks and rules than packets, so each has a limit.
 *
 * As with LOG, namespaces other than the initial one need sysctl net.netfilter.nf_log_all_netns.
 */
#ifndef LF_NF_LOG_H
#define LF_NF_LOG_H

#include <linux/kmod.h>
#include <linux/ratelimit.h>
#include <net/liteflow.h>
#include <net/netfilter/nf_log.h>

#define LF_NF_LOG_BURST	10	/* per second */

/*
 * Allows logging for @family until lf_nf_log_put(). Sleeps. @load: if no logger is there, load the
 * one that LOG loads (net/netfilter/xt_LOG.c). That takes locks that wait for RTNL and for
 * nf_tables' transactions.
 */
static inline int lf_nf_log_get(u8 family, bool load)
{
	int rc = nf_logger_find_get(family, NF_LOG_TYPE_LOG);

	if (!rc || !load)
		return rc;
	request_module("nf_log_syslog");
	return nf_logger_find_get(family, NF_LOG_TYPE_LOG);
}

static inline void lf_nf_log_put(u8 family)
{
	nf_logger_put(family, NF_LOG_TYPE_LOG);
}

static inline void lf_nf_log_init(struct ratelimit_state *limit)
{
	ratelimit_state_init(limit, HZ, LF_NF_LOG_BURST);
	/* no message about suppressed packets: the counters have them */
	ratelimit_set_flags(limit, RATELIMIT_MSG_ON_RELEASE);
}

/* @who: the hook or the slot; @name: the class, or a word for packets without a verdict. */
static inline void lf_nf_log(struct ratelimit_state *limit, const struct nf_hook_state *state,
			     const struct sk_buff *skb, const char *who, const char *name,
			     const struct lf_verdict *v)
{
	static const struct nf_loginfo info = {
		.type = NF_LOG_TYPE_LOG,
		.u.log = { .level = LOGLEVEL_INFO, .logflags = NF_LOG_DEFAULT_MASK },
	};

	if (!__ratelimit(limit))
		return;
	nf_log_packet(state->net, state->pf, state->hook, skb, state->in, state->out, &info,
		      "liteflow %s: class %s score %d flow %llu ", who, name,
		      lf_verdict_none(v) ? 0 : v->value, v->flow);
}

#endif /* LF_NF_LOG_H */
