// SPDX-License-Identifier: GPL-2.0
/*
 * The packet path of kmod/infer.c without the model: parsing, flow, statistics, and the features of
 * the packets at which a model runs. Except for the order of these steps, all is the kernel's code.
 */

#include "feature.h"
#include "flow.h"
#include "flows.h"
#include "history.h"

struct flows {
	struct lf_flows *table;
	struct lf_history *history;	/* or NULL */
	struct flows_options opt;
	flows_end_fn end;
	void *arg;
	u64 start_ns; /* time of the first packet: the kernel's clock starts near 0, too */
	bool started;
};

static void flow_end(void *priv, const struct lf_flow *flow, enum lf_flow_end why)
{
	const struct flows *f = priv;
	struct flows_end end = {
		.id = flow->id,
		.bytes = lf_flow_bytes(flow),
		.packets = lf_flow_packets(flow),
		.born_ns = flow->born_ns + f->start_ns,
		.last_ns = lf_flow_last(flow) + f->start_ns,
	};

	if (f->history)
		lf_history_add(f->history, flow, why);
	f->end(f->arg, &end);
}

struct flows *flows_new(const struct flows_options *opt, flows_end_fn end, void *arg)
{
	struct flows *f = host_zalloc(sizeof(*f));

	f->opt = *opt;
	f->end = end;
	f->arg = arg;
	f->table = lf_flows_create(opt->max, opt->idle_ms, flow_end, f, NULL);
	if (IS_ERR(f->table))
		abort();	/* host_zalloc() has ended the program */
	if (opt->history)
		f->history = lf_history_create(opt->history);
	if (opt->both_ways)
		lf_flows_pair(f->table);
	return f;
}

void flows_free(struct flows *f)
{
	lf_flows_destroy(f->table);
	if (f->history)
		lf_history_free(f->history);
	free(f);
}

/* As next_phase() of kmod/infer.c. */
static u32 next_phase(const struct flows_options *o, u32 at)
{
	u32 i;

	if (o->every)
		return at > U32_MAX - o->every ? U32_MAX : at + o->every;
	if (!o->n_phases)
		return at >= BIT(31) ? U32_MAX : (u32)(1UL << fls(at));
	for (i = 0; i < o->n_phases; i++)
		if (o->phases[i] > at)
			return o->phases[i];
	return U32_MAX;
}

static struct sk_buff make_skb(const struct flows_packet *p)
{
	return (struct sk_buff) {
		.data = p->data,
		.len = p->len,
		.have = p->have < p->len ? p->have : p->len,
		.network = p->network,
		.mac = p->mac,
		.protocol = htons(p->protocol),
	};
}

/*
 * A capture does not say how a super-packet is segmented: assume the sender's MTU and its own
 * headers.
 */
static int parse(const struct flows *f, struct sk_buff *skb, struct lf_pkt *pkt)
{
	u32 hdr;
	int why;

	why = lf_pkt_parse(skb, pkt, f->opt.inner);
	if (why >= 0 || !f->opt.mtu || pkt->bytes <= f->opt.mtu || !pkt->payload)
		return why;
	hdr = pkt->bytes - pkt->payload;
	if (hdr >= f->opt.mtu)
		return why;
	skb->shared.gso_size = f->opt.mtu - hdr;
	return lf_pkt_parse(skb, pkt, f->opt.inner);
}

static void copy_key(struct flows_key *to, const struct lf_key *key)
{
	memcpy(to->src, &key->src, sizeof(to->src));
	memcpy(to->dst, &key->dst, sizeof(to->dst));
	to->sport = ntohs(key->sport);
	to->dport = ntohs(key->dport);
	to->proto = key->proto;
	to->version = key->version;
	to->vlan = ntohs(key->vlan);
}

/* As flow_due() and flow_hold() of kmod/infer.c: `generation` says that the flow has been seen. */
static bool is_due(const struct flows *f, struct lf_flow *flow)
{
	if (!flow->generation) {
		flow->generation = 1;
		flow->next_run = f->opt.n_phases ? f->opt.phases[0] : 1;
	}
	if (flow->packets < flow->next_run || flow->next_run == U32_MAX)
		return false;
	flow->next_run = next_phase(&f->opt, flow->packets);
	return true;
}

static u64 advance(struct flows *f, u64 time_ns)
{
	if (!f->started) {
		f->started = true;
		f->start_ns = time_ns > NSEC_PER_SEC ? time_ns - NSEC_PER_SEC : 0;
	}
	time_ns = time_ns > f->start_ns ? time_ns - f->start_ns : 0;
	host_work(max(time_ns, host_now_ns));	/* if the clock steps back, time stands still */
	return host_now_ns;
}

void flows_packet(struct flows *f, const struct flows_packet *p, const u8 *ids, u32 n, s32 *x,
		  struct flows_seen *seen)
{
	struct sk_buff skb = make_skb(p);
	struct lf_flow *flow;
	struct lf_spot spot;
	struct lf_pkt pkt;
	u64 now;

	memset(seen, 0, sizeof(*seen));
	now = advance(f, p->time_ns);
	seen->reason = parse(f, &skb, &pkt);
	if (seen->reason >= 0)
		return;
	spot = lf_flow_spot(f->table, &pkt);
	flow = lf_flow_get(f->table, &pkt, spot, now);
	seen->reason = LITEFLOW_REASON_TABLE_FULL;
	if (!flow)
		return;
	seen->reason = -1;
	seen->born = lf_flow_is_new(flow);
	lf_flow_update(flow, &pkt, now);
	seen->id = flow->id;
	seen->packets = flow->packets;
	seen->bytes = flow->bytes;
	copy_key(&seen->key, &pkt.key);
	seen->due = is_due(f, flow);
	flow->label.dscp = pkt.dscp;
	if (seen->due)
		lf_feature_fill(x, ids, n, &pkt, flow, &skb);
	if (seen->due && f->history)
		lf_history_fill(f->history, x, ids, n, flow, now);
	lf_flow_put(f->table, flow);
}

const char *flows_reason(int reason)
{
	static const char *const name[] = {
		[LITEFLOW_REASON_NOT_IP] = "not IP",
		[LITEFLOW_REASON_TRUNCATED] = "truncated",
		[LITEFLOW_REASON_UNPARSED] = "unparsed",
		[LITEFLOW_REASON_FRAGMENT] = "fragments",
		[LITEFLOW_REASON_TABLE_FULL] = "table full",
	};

	return reason >= 0 && (size_t)reason < ARRAY_SIZE(name) && name[reason] ? name[reason]
										: "other";
}
