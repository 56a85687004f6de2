/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that a map wants logged: as the LOG target does it, by whatever logs for the family, with
 * what the model has said before it. Hooks and rules are fewer than their packets, so each has a
 * limit.
 *
 * As with LOG, namespaces but the first log where sysctl net.netfilter.nf_log_all_netns says so.
 */
#ifndef LF_NF_LOG_H
#define LF_NF_LOG_H

#include <linux/ratelimit.h>
#include <net/liteflow.h>
#include <net/netfilter/nf_log.h>

#define LF_NF_LOG_BURST	10	/* in a second */

/*
 * Logs for @family as long as lf_nf_log_put() has not come; asks for the module that does.
 * Sleeps.
 */
static inline int lf_nf_log_get(u8 family)
{
	return nf_logger_find_get(family, NF_LOG_TYPE_LOG);
}

static inline void lf_nf_log_put(u8 family)
{
	nf_logger_put(family, NF_LOG_TYPE_LOG);
}

static inline void lf_nf_log_init(struct ratelimit_state *limit)
{
	ratelimit_state_init(limit, HZ, LF_NF_LOG_BURST);
	/* what it left out is in the counters */
	ratelimit_set_flags(limit, RATELIMIT_MSG_ON_RELEASE);
}

/* @who: the hook or the slot; @name: of the class, or a word for packets without a verdict. */
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
