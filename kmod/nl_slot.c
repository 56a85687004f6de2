// SPDX-License-Identifier: GPL-2.0
/* Handlers: slots. */
#include "netlink.h"

#include "bind.h"
#include "limit.h"
#include "nl_gen.h"

/* Of the namespace that the request comes from; ERR_PTR() with a sentence. */
static struct lf_slot *slot_meant(struct genl_info *info)
{
	const char *name = lf_nl_text(info, LITEFLOW_A_SLOT_NAME);
	struct lf_slot *slot;

	if (!name) {
		lf_extack(info->extack, "which slot? give its name");
		return ERR_PTR(-EINVAL);
	}
	slot = lf_slot_find_or_say(genl_info_net(info), name, info->extack);
	return slot ?: ERR_PTR(-ENOENT);
}

/* One nest: name, and a value or none for the default. */
static int param_read(struct lf_params_set *set, const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LITEFLOW_A_PARAM_MAX + 1];
	s64 millionths;
	int rc;

	rc = nla_parse_nested(tb, LITEFLOW_A_PARAM_MAX, nest, liteflow_param_nl_policy, extack);
	if (rc)
		return rc;
	if (!tb[LITEFLOW_A_PARAM_NAME]) {
		lf_extack(extack, "which parameter? give its name");
		return -EINVAL;
	}
	if (tb[LITEFLOW_A_PARAM_VALUE])
		millionths = nla_get_s64(tb[LITEFLOW_A_PARAM_VALUE]);
	return lf_params_want(set, nla_data(tb[LITEFLOW_A_PARAM_NAME]), tb[LITEFLOW_A_PARAM_VALUE] ? &millionths : NULL,
			      extack);
}

static int params_read(struct lf_params_set *set, const struct genl_info *info)
{
	const struct nlattr *nla;
	int rem, rc = 0;

	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(nla) == LITEFLOW_A_SLOT_PARAM)
			rc = param_read(set, nla, info->extack);
		if (rc)
			break;
	}
	return rc;
}

static int budget_read(struct lf_slot_options *opt, const struct sk_buff *skb,
		       const struct genl_info *info)
{
	const struct nlattr *budget = info->attrs[LITEFLOW_A_SLOT_BUDGET];

	if (!budget)
		return 0;
	opt->set_budget = true;
	opt->budget_ns = nla_get_u32(budget);
	if (lf_limit_harmless(opt->budget_ns) || netlink_capable(skb, CAP_NET_ADMIN))
		return 0;
	lf_extack(info->extack,
		  "no budget, or one above %u ns, takes CAP_NET_ADMIN in the initial user namespace",
		  LF_LIMIT_DEFAULT_NS);
	return -EPERM;
}

static int options_read(struct lf_slot_options *opt, const struct sk_buff *skb,
			const struct genl_info *info)
{
	const struct nlattr *pin = info->attrs[LITEFLOW_A_SLOT_PIN];
	const struct nlattr *sample = info->attrs[LITEFLOW_A_SLOT_SAMPLE];

	memset(opt, 0, sizeof(*opt));
	opt->set_pin = pin;
	opt->pin = pin ? nla_get_u8(pin) : 0;
	opt->set_sample = sample;
	opt->sample = sample ? nla_get_u32(sample) : 0;
	return budget_read(opt, skb, info) ?: params_read(&opt->params, info);
}

/* What a stream needs is taken before lf_mutex: whoever is short of memory waits for it alone. */
static int stream_make(struct lf_slot_options *opt, struct genl_info *info)
{
	const char *name = lf_nl_text(info, LITEFLOW_A_SLOT_NAME);

	if (!opt->sample)
		return 0;
	opt->stream = lf_batches_create(genl_info_net(info), name ?: "", opt->sample);
	if (opt->stream)
		return 0;
	lf_extack(info->extack, "there is no memory for the stream of samples");
	return -ENOMEM;
}

static void stream_unmake(struct lf_slot_options *opt)
{
	if (opt->stream)
		lf_batches_destroy(opt->stream);
}

int liteflow_nl_slot_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = lf_nl_text(info, LITEFLOW_A_SLOT_NAME);
	struct lf_slot_options opt;
	int rc;

	rc = options_read(&opt, skb, info) ?: stream_make(&opt, info);
	if (rc)
		return rc;
	mutex_lock(&lf_mutex);
	rc = lf_slot_create(genl_info_net(info), name ?: "", &opt, info->extack);
	mutex_unlock(&lf_mutex);
	stream_unmake(&opt);
	return rc;
}

int liteflow_nl_slot_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_slot_options opt;
	struct lf_slot *slot;
	LIST_HEAD(ended);
	int rc;

	rc = options_read(&opt, skb, info) ?: stream_make(&opt, info);
	if (rc)
		return rc;
	mutex_lock(&lf_mutex);
	slot = slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_slot_set(slot, &opt, &ended, info->extack);
	mutex_unlock(&lf_mutex);
	stream_unmake(&opt);
	lf_slot_end_streams(&ended);
	return rc;
}

int liteflow_nl_slot_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool force = nla_get_flag(info->attrs[LITEFLOW_A_SLOT_FORCE]);
	struct lf_slot *slot;
	LIST_HEAD(ended);
	int rc;

	/* Outcomes of attachments that went before it belong to its stream. */
	lf_attach_wait(lf_net(genl_info_net(info)));
	mutex_lock(&lf_mutex);
	slot = slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_slot_delete(slot, force, &ended, info->extack);
	mutex_unlock(&lf_mutex);
	lf_slot_end_streams(&ended);
	return rc;
}

/*
 * Who knows the name or the whole hash of a snapshot of this machine may use it. The beginning of a
 * hash could be guessed: it is looked for among those that he sees.
 */
static int slot_install(struct sk_buff *skb, struct lf_slot *slot, const struct genl_info *info)
{
	const struct nlattr *hash = info->attrs[LITEFLOW_A_SLOT_HASH];
	bool part = hash && nla_len(hash) != LQ_HASH_LEN;
	struct lf_snapshot *snap;

	snap = lf_snapshot_find(lf_nl_text(info, LITEFLOW_A_SLOT_SNAPSHOT),
				hash ? nla_data(hash) : NULL, hash ? nla_len(hash) : 0,
				part ? lf_nl_sight(skb) : NULL, info->extack);
	return PTR_ERR_OR_ZERO(snap) ?:
	       lf_slot_install(slot, snap, nla_get_flag(info->attrs[LITEFLOW_A_SLOT_ACTIVATE]), info->extack);
}

int liteflow_nl_slot_install_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_slot *slot;
	int rc;

	mutex_lock(&lf_mutex);
	slot = slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: slot_install(skb, slot, info);
	mutex_unlock(&lf_mutex);
	return rc;
}

int liteflow_nl_slot_activate_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_slot *slot;
	int rc;

	mutex_lock(&lf_mutex);
	slot = slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_slot_activate(slot, info->extack);
	mutex_unlock(&lf_mutex);
	return rc;
}

int liteflow_nl_slot_rollback_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_slot *slot;
	int rc;

	mutex_lock(&lf_mutex);
	slot = slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_slot_rollback(slot, info->extack);
	mutex_unlock(&lf_mutex);
	return rc;
}

/* Answers. */

static int snap_fill(struct sk_buff *msg, const struct lf_snapshot *snap)
{
	return nla_put_string(msg, LITEFLOW_A_GENERATION_SNAPSHOT_NAME, snap->info.name) ?:
	       nla_put(msg, LITEFLOW_A_GENERATION_HASH, LQ_HASH_LEN, snap->info.hash);
}

static int counter_fill(struct sk_buff *msg, const struct lf_gen *gen, int attr, unsigned int i)
{
	return lf_nl_put_u64(msg, attr, lf_counters_sum(gen->counters, i), LITEFLOW_A_GENERATION_PAD);
}

static int classes_fill(struct sk_buff *msg, const struct lf_gen *gen)
{
	u32 i;

	if (gen->snap->meaning != LQ_MEANING_CLASS)
		return 0;
	for (i = 0; i < gen->snap->n_outputs; i++)
		if (counter_fill(msg, gen, LITEFLOW_A_GENERATION_CLASS_COUNT, LF_GEN_CLASS + i))
			return -EMSGSIZE;
	return 0;
}

static int gen_fill(struct sk_buff *msg, int attr, const struct lf_slot *slot, const struct lf_gen *gen)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	if (!nest || snap_fill(msg, gen->snap) ||
	    nla_put_u32(msg, LITEFLOW_A_GENERATION_NUMBER, gen->number) ||
	    nla_put_u32(msg, LITEFLOW_A_GENERATION_FLOWS, lf_bind_flows(slot, gen)) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_INFERENCES, LF_GEN_INFERENCES) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_VERDICTS, LF_GEN_VERDICTS) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_BORN, LF_GEN_BORN) ||
	    counter_fill(msg, gen, LITEFLOW_A_GENERATION_DRIFTED, LF_GEN_DRIFTED) ||
	    classes_fill(msg, gen))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int standby_fill(struct sk_buff *msg, const struct lf_snapshot *snap)
{
	struct nlattr *nest;

	if (!snap)
		return 0;
	nest = nla_nest_start(msg, LITEFLOW_A_SLOT_STANDBY);
	if (!nest || snap_fill(msg, snap))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* The one that roll back would bring back comes first. */
static int gens_fill(struct sk_buff *msg, const struct lf_slot *slot)
{
	const struct lf_gen *active = lf_slot_active(slot), *gen;
	int i;

	if (active && gen_fill(msg, LITEFLOW_A_SLOT_ACTIVE, slot, active))
		return -EMSGSIZE;
	if (slot->before && gen_fill(msg, LITEFLOW_A_SLOT_OLD, slot, slot->before))
		return -EMSGSIZE;
	for (i = 0; i < LF_GENERATIONS; i++) {
		gen = slot->gens[i];
		if (gen && gen != active && gen != slot->before && gen_fill(msg, LITEFLOW_A_SLOT_OLD, slot, gen))
			return -EMSGSIZE;
	}
	return 0;
}

static int stream_fill(struct sk_buff *msg, const struct lf_slot *slot)
{
	const struct lf_batches *b = rcu_dereference_protected(slot->batches, lockdep_is_held(&lf_mutex));
	u64 sent = slot->samples, lost = slot->samples_lost;

	if (b)
		lf_batches_count(b, &sent, &lost);
	return lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SAMPLES, sent, LITEFLOW_A_SLOT_PAD) ?:
	       lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SAMPLES_LOST, lost, LITEFLOW_A_SLOT_PAD);
}

/* Those that are not at their default. */
static int params_fill(struct sk_buff *msg, const struct lf_slot *slot)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < LQ_N_PARAMS; i++) {
		if (slot->params.v[i] == lq_params[i].def)
			continue;
		nest = nla_nest_start(msg, LITEFLOW_A_SLOT_PARAM);
		if (!nest || nla_put_string(msg, LITEFLOW_A_PARAM_NAME, lq_params[i].name) ||
		    nla_put_s64(msg, LITEFLOW_A_PARAM_VALUE, lf_param_millionths(&slot->params, i), LITEFLOW_A_PARAM_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int slot_fill(struct sk_buff *msg, void *hdr, const struct lf_slot *slot)
{
	lockdep_assert_held(&lf_mutex);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(msg, LITEFLOW_A_SLOT_NAME, slot->name) ||
	    nla_put_u8(msg, LITEFLOW_A_SLOT_PIN, slot->pin) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_SAMPLE, slot->sample) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_BUDGET, slot->budget_ns) ||
	    nla_put_u32(msg, LITEFLOW_A_SLOT_ATTACHMENTS, slot->n_attaches) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SWAPS, slot->swaps, LITEFLOW_A_SLOT_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SLOT_FORCED, slot->forced, LITEFLOW_A_SLOT_PAD) ||
	    lf_nl_put_u64(msg, LITEFLOW_A_SLOT_SWAP_NS, slot->swap_ns, LITEFLOW_A_SLOT_PAD) ||
	    stream_fill(msg, slot) || params_fill(msg, slot) || gens_fill(msg, slot) || standby_fill(msg, slot->standby)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/* The slot, and generations, each with its names, its counts, and a count of 16 bytes a class. */
#define SLOT_MSG	(GENLMSG_DEFAULT_SIZE + LF_GENERATIONS * (512 + 16 * LQ_MAX_OUTPUTS))

int liteflow_nl_slot_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(SLOT_MSG, GFP_KERNEL);
	struct lf_slot *slot;
	int rc;

	if (!msg)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	slot = slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: slot_fill(msg, lf_nl_begin(msg, info), slot);
	mutex_unlock(&lf_mutex);
	if (!rc)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return rc;
}

int liteflow_nl_slot_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long *last = (unsigned long *)cb->ctx;
	struct lf_slot *slot;
	int rc = 0;

	mutex_lock(&lf_mutex);
	cb->seq = lf_change;
	list_for_each_entry(slot, &lf_net(sock_net(skb->sk))->slots, in_net) {
		if (slot->serial <= *last)
			continue;
		rc = slot_fill(skb, lf_nl_begin_dump(skb, cb, LITEFLOW_CMD_SLOT_GET), slot);
		if (rc)
			break;
		*last = slot->serial;
	}
	mutex_unlock(&lf_mutex);
	return skb->len ?: rc;
}
