// SPDX-License-Identifier: GPL-2.0
/*
 * From packet to action: check the request, get the verdict, find the map entry, act.
 *
 * DOC: changes under traffic
 *
 * A packet's action is a number in the core's map that belongs to one rule. nfl_hook_set()
 * publishes the new rule, which points to the previous one, then has the core's maps changed, and
 * frees the old rule a grace period later. The packet reads the rule after the map (smp_rmb() in
 * act()), so it finds the number in that rule or in the previous one.
 */
#include "nf_lf.h"

#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include "nf_ct.h"
#include "nf_log.h"
#include "nf_vrf.h"

static void count(const struct nfl_hook *h, enum nfl_count which)
{
	this_cpu_inc(h->counts->n[which]);
}

static void set_mark(const struct nfl_hook *h, const struct nfl_rule *r, struct sk_buff *skb,
		     u32 value)
{
	u32 bits = (value << r->result_shift) & r->result_mask;

	skb->mark = (skb->mark & ~r->result_mask) | bits;
	if (r->ct)
		lf_nf_ct_set_mark(skb, bits, r->result_mask);
	count(h, NFL_MARKED);
}

/*
 * Without a map, classes count from 1, since 0 means a packet without a verdict. Values are clamped
 * to what fits.
 */
static u32 plain_result(const struct nfl_rule *r, const struct lf_verdict *v)
{
	u32 most = r->result_mask >> r->result_shift;

	if (v->meaning == LITEFLOW_MEANING_CLASS)
		return min_t(u32, v->class + 1, most);
	return clamp_t(s64, v->units, 0, most);
}

static unsigned int do_action(struct nfl_hook *h, const struct nfl_rule *r,
			      const struct nfl_action *a,
			      struct sk_buff *skb, const struct lf_verdict *v,
			      const struct nf_hook_state *state)
{
	struct nfl_action_counts __percpu *counts = r->counts + (a - r->map);

	this_cpu_inc(counts->packets);
	this_cpu_add(counts->bytes, skb->len);
	if (a->what & NFL_LOG)
		lf_nf_log(&h->log_limit, state, skb, h->name, a->class_name, v);
	if (a->what & NFL_DROP) {
		count(h, NFL_DROPPED);
		return NF_DROP;
	}
	if (a->what & NFL_MARK)
		set_mark(h, r, skb, a->mark);
	if (a->what & NFL_PRIORITY) {
		skb->priority = a->priority;
		count(h, NFL_PRIORITIZED);
	}
	if (a->what & NFL_LABEL)
		lf_nf_set_label(skb, &r->labels, a->label);
	if (!(a->what & ~NFL_LOG))
		count(h, NFL_ACCEPTED);
	return NF_ACCEPT;
}

/* From verdict to action. */
static unsigned int act(struct nfl_hook *h, struct sk_buff *skb, const struct lf_verdict *v,
			const struct nf_hook_state *state)
{
	const struct nfl_action *a;
	const struct nfl_rule *r;

	smp_rmb();	/* the core's map before the rule; pairs with nfl_hook_set() */
	r = rcu_dereference(h->rule);
	if (v->action == LF_ACTION_NONE) {
		if (!r->n_classes && r->result_mask)
			set_mark(h, r, skb, plain_result(r, v));
		return NF_ACCEPT;
	}
	a = nfl_rule_action(r, v->action);
	if (unlikely(!a)) {
		r = READ_ONCE(r->before);
		a = r ? nfl_rule_action(r, v->action) : NULL;
	}
	return a ? do_action(h, r, a, skb, v, state) : NF_ACCEPT;
}

static noinline unsigned int hook_infer(struct nfl_hook *h, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct lf_verdict v LF_FILLED_IN;
	struct lf_ct ct LF_FILLED_IN;

	lf_infer_skb_ct(h->attach, skb, lf_nf_ct(skb, &ct), &v);
	if (lf_verdict_none(&v) && v.action == LF_ACTION_NONE)
		return NF_ACCEPT;
	return act(h, skb, &v, state);
}

/* Should the hook look at it: not looked at already, and not coming again later? */
static bool is_requested(const struct nfl_hook *h, const struct nfl_rule *r,
			 const struct sk_buff *skb, const struct nf_hook_state *state)
{
	bool requested = !((skb->mark ^ r->request_mark) & r->request_mask);

	if (lf_vrf_first(state))
		nfl_seen_note(h->seen, skb, requested);
	if (!requested)
		return false;
	if (lf_vrf_again(skb, state))
		return !nfl_seen_find(h->seen, skb);
	return !lf_vrf_will_return(skb, state);
}

/* Local output is routed before it is marked: reroute it, as nft's chains of type "route" do. */
static unsigned int reroute(struct sk_buff *skb, const struct nf_hook_state *state)
{
	int rc;

	if (state->pf == NFPROTO_IPV4)
		rc = ip_route_me_harder(state->net, state->sk, skb, RTN_UNSPEC);
	else
		rc = nf_ip6_route_me_harder(state->net, state->sk, skb);
	return rc < 0 ? NF_DROP_ERR(rc) : NF_ACCEPT;
}

/* `nft list hooks` shows this function's name. */
unsigned int liteflow_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct nfl_hook *h = priv;
	const struct nfl_rule *r = rcu_dereference(h->rule);
	u32 mark = skb->mark;
	unsigned int rc;

	if (!is_requested(h, r, skb, state))
		return NF_ACCEPT;
	if (r->clear)
		skb->mark &= ~r->request_mask;
	rc = hook_infer(h, skb, state);
	if (skb->mark == mark || rc != NF_ACCEPT || h->point != LITEFLOW_HOOK_POINT_OUTPUT)
		return rc;
	return reroute(skb, state);
}
