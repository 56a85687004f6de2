// SPDX-License-Identifier: GPL-2.0
/* Handlers: slots. */
#include "netlink.h"

#include "guard.h"
#include "limit.h"
#include "nl_gen.h"
#include "serve.h"
#include "slot_history.h"

struct lf_slot *lf_nl_slot_meant(struct genl_info *info)
{
	const char *name = lf_nl_text(info, LITEFLOW_A_SLOT_NAME);
	struct lf_slot *slot;

	if (!name) {
		lf_extack(info->extack, "no slot name given");
		return ERR_PTR(-EINVAL);
	}
	slot = lf_slot_find_or_say(genl_info_net(info), name, info->extack);
	return slot ?: ERR_PTR(-ENOENT);
}

/* One nest: a name and a value; without a value, the default. */
static int param_read(struct lf_params_set *set, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LITEFLOW_A_PARAM_MAX + 1];
	s64 millionths;
	int rc;

	rc = nla_parse_nested(tb, LITEFLOW_A_PARAM_MAX, nest, liteflow_param_nl_policy, extack);
	if (rc)
		return rc;
	if (!tb[LITEFLOW_A_PARAM_NAME]) {
		lf_extack(extack, "no parameter name given");
		return -EINVAL;
	}
	if (tb[LITEFLOW_A_PARAM_VALUE])
		millionths = nla_get_s64(tb[LITEFLOW_A_PARAM_VALUE]);
	return lf_params_want(set, nla_data(tb[LITEFLOW_A_PARAM_NAME]),
			      tb[LITEFLOW_A_PARAM_VALUE] ? &millionths : NULL, extack);
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
		  "a budget above %u ns, or none, needs CAP_NET_ADMIN in the initial "
		  "user namespace",
		  LF_LIMIT_DEFAULT_NS);
	return -EPERM;
}

static void u32_read(u32 *v, const struct nlattr *nla)
{
	if (nla)
		*v = nla_get_u32(nla);
}

/* Limits that are missing are not set. @generation: whose they are; unchanged if not given. */
static int guard_limits_read(struct lf_guard *g, u32 *generation, const struct nlattr *nest,
			     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LITEFLOW_A_GUARD_MAX + 1];
	int rc;

	rc = nla_parse_nested(tb, LITEFLOW_A_GUARD_MAX, nest, liteflow_guard_nl_policy, extack);
	if (rc)
		return rc;
	memset(g, 0, sizeof(*g));
	u32_read(generation, tb[LITEFLOW_A_GUARD_GENERATION]);
	if (tb[LITEFLOW_A_GUARD_GENERATION] && !*generation) {
		lf_extack(extack, "generations are numbered from 1: a guard has none for limits of "
				  "the slot");
		return -EINVAL;
	}
	g->window_ms = LF_GUARD_WINDOW_MS;
	g->least = LF_GUARD_LEAST;
	u32_read(&g->window_ms, tb[LITEFLOW_A_GUARD_WINDOW]);
	u32_read(&g->least, tb[LITEFLOW_A_GUARD_LEAST]);
	u32_read(&g->drift, tb[LITEFLOW_A_GUARD_DRIFT]);
	u32_read(&g->saturated, tb[LITEFLOW_A_GUARD_SATURATED]);
	u32_read(&g->class, tb[LITEFLOW_A_GUARD_CLASS]);
	g->outcome = tb[LITEFLOW_A_GUARD_TERM];
	g->term = g->outcome ? nla_get_u8(tb[LITEFLOW_A_GUARD_TERM]) : 0;
	g->bound = tb[LITEFLOW_A_GUARD_BOUND] ? nla_get_u64(tb[LITEFLOW_A_GUARD_BOUND]) : 0;
	g->to = tb[LITEFLOW_A_GUARD_TO] ? nla_get_u8(tb[LITEFLOW_A_GUARD_TO]) : 0;
	return lf_guard_check(g, extack);
}

static int guard_read(struct lf_slot_options *opt, const struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[LITEFLOW_A_SLOT_GUARD];

	opt->set_guard = nest;
	if (!nest)
		return 0;
	return guard_limits_read(&opt->guard, &opt->guard_generation, nest, info->extack);
}

static int flush_read(struct lf_slot_options *opt, const struct genl_info *info)
{
	opt->set_flush = info->attrs[LITEFLOW_A_SLOT_FLUSH];
	u32_read(&opt->flush_ms, info->attrs[LITEFLOW_A_SLOT_FLUSH]);
	if (!opt->set_flush || (opt->flush_ms >= LF_FLUSH_MIN && opt->flush_ms <= LF_FLUSH_MAX))
		return 0;
	lf_extack(info->extack, "flush must be %d to %d ms, not %u", LF_FLUSH_MIN, LF_FLUSH_MAX,
		  opt->flush_ms);
	return -EINVAL;
}

static int buffers_read(struct lf_slot_options *opt, const struct sk_buff *skb,
			const struct genl_info *info)
{
	opt->set_buffers = info->attrs[LITEFLOW_A_SLOT_BUFFERS];
	u32_read(&opt->buffers, info->attrs[LITEFLOW_A_SLOT_BUFFERS]);
	if (!opt->set_buffers)
		return 0;
	if (opt->buffers < LF_BUFFERS_MIN || opt->buffers > LF_BUFFERS_MAX) {
		lf_extack(info->extack, "a stream has %d to %d buffers per CPU, not %u",
			  LF_BUFFERS_MIN, LF_BUFFERS_MAX, opt->buffers);
		return -EINVAL;
	}
	if (opt->buffers <= LF_BUFFERS_USER_MAX || netlink_capable(skb, CAP_NET_ADMIN))
		return 0;
	lf_extack(info->extack,
		  "more than %d buffers per CPU need CAP_NET_ADMIN in the initial user namespace",
		  LF_BUFFERS_USER_MAX);
	return -EPERM;
}

static int confidence_read(struct lf_slot_options *opt, const struct genl_info *info)
{
	const struct nlattr *nla = info->attrs[LITEFLOW_A_SLOT_CONFIDENCE];

	opt->set_confidence = nla;
	opt->confidence = nla ? nla_get_u8(nla) : 0;
	if (opt->confidence <= LF_CONFIDENCE_MAX)
		return 0;
	lf_extack(info->extack, "a confidence is at most %d per cent, not %u", LF_CONFIDENCE_MAX,
		  opt->confidence);
	return -EINVAL;
}

static int history_read(struct lf_slot_options *opt, const struct genl_info *info)
{
	opt->set_history = info->attrs[LITEFLOW_A_SLOT_HISTORY];
	u32_read(&opt->history_by, info->attrs[LITEFLOW_A_SLOT_HISTORY]);
	return opt->set_history ? lf_slot_history_check(opt->history_by, info->extack) : 0;
}

static int options_read(struct lf_slot_options *opt, const struct sk_buff *skb,
			const struct genl_info *info)
{
	const struct nlattr *pin = info->attrs[LITEFLOW_A_SLOT_PIN];

	memset(opt, 0, sizeof(*opt));
	opt->set_pin = pin;
	opt->pin = pin ? nla_get_u8(pin) : 0;
	opt->set_sample = info->attrs[LITEFLOW_A_SLOT_SAMPLE];
	u32_read(&opt->sample, info->attrs[LITEFLOW_A_SLOT_SAMPLE]);
	opt->set_shadow = info->attrs[LITEFLOW_A_SLOT_SHADOW];
	u32_read(&opt->shadow, info->attrs[LITEFLOW_A_SLOT_SHADOW]);
	return budget_read(opt, skb, info)          ?:
		       flush_read(opt, info)        ?:
		       buffers_read(opt, skb, info) ?:
		       confidence_read(opt, info)   ?:
		       history_read(opt, info)      ?:
		       guard_read(opt, info)        ?:
						      params_read(&opt->params, info);
}

/* Buffers of a new stream: those asked for, else the slot's. */
static u32 stream_buffers(const struct lf_slot_options *opt, const struct net *net,
			  const char *name)
{
	const struct lf_slot *slot;
	u32 buffers = LF_BUFFERS;

	if (opt->set_buffers)
		return opt->buffers;
	mutex_lock(&lf_mutex);
	slot = lf_slot_find(net, name);
	if (slot)
		buffers = slot->buffers;
	mutex_unlock(&lf_mutex);
	return buffers;
}

/* Allocates a stream before taking lf_mutex: a user short of memory waits alone. */
static int stream_make(struct lf_slot_options *opt, struct genl_info *info)
{
	const char *name = lf_nl_text(info, LITEFLOW_A_SLOT_NAME) ?: "";
	struct net *net = genl_info_net(info);

	if (!opt->sample)
		return 0;
	opt->stream = lf_batches_create(net, name, opt->sample, stream_buffers(opt, net, name));
	if (opt->stream)
		return 0;
	lf_extack(info->extack, "not enough memory for the stream of samples");
	return -ENOMEM;
}

static struct lf_history *history_make(u32 by, struct netlink_ext_ack *extack)
{
	struct lf_history *h = lf_history_create(by);

	if (h)
		return h;
	lf_extack(extack, "there is not enough memory for a history of flows");
	return ERR_PTR(-ENOMEM);
}

/* Allocates what a slot takes over. */
static int options_make(struct lf_slot_options *opt, struct genl_info *info)
{
	struct lf_history *h;
	int rc;

	rc = stream_make(opt, info);
	if (rc || !opt->set_history)
		return rc;
	h = history_make(opt->history_by, info->extack);
	if (!IS_ERR(h)) {
		opt->history = h;
		return 0;
	}
	if (opt->stream)
		lf_batches_destroy(opt->stream);
	return PTR_ERR(h);
}

/* Frees what no slot has taken over. */
static void options_unmake(struct lf_slot_options *opt)
{
	if (opt->stream)
		lf_batches_destroy(opt->stream);
	if (opt->history)
		lf_history_free(opt->history);
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
	options_unmake(&opt);
	return rc;
}

int liteflow_nl_slot_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_slot_options opt;
	struct lf_slot *slot;
	LIST_HEAD(ended);
	int rc;

	rc = options_read(&opt, skb, info) ?: options_make(&opt, info);
	if (rc)
		return rc;
	mutex_lock(&lf_mutex);
	slot = lf_nl_slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_slot_set(slot, &opt, &ended, info->extack);
	mutex_unlock(&lf_mutex);
	options_unmake(&opt);
	lf_slot_end_streams(&ended);
	return rc;
}

int liteflow_nl_slot_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool force = nla_get_flag(info->attrs[LITEFLOW_A_SLOT_FORCE]);
	struct lf_slot *slot;
	LIST_HEAD(ended);
	int rc;

	/* Outcomes of attachments destroyed before it belong to its stream. */
	lf_attach_wait(lf_net(genl_info_net(info)));
	mutex_lock(&lf_mutex);
	slot = lf_nl_slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_slot_delete(slot, force, &ended, info->extack);
	mutex_unlock(&lf_mutex);
	lf_slot_end_streams(&ended);
	return rc;
}

/*
 * Anybody who knows the name or the full hash of a snapshot of this machine may use it. The
 * beginning of a hash could be guessed, so it is searched only among snapshots that the requester
 * may see.
 */
static struct lf_snapshot *snapshot_meant(struct sk_buff *skb, const struct genl_info *info,
					  struct netlink_ext_ack *extack)
{
	const struct nlattr *hash = info->attrs[LITEFLOW_A_SLOT_HASH];
	bool part = hash && nla_len(hash) != LQ_HASH_LEN;

	return lf_snapshot_find(lf_nl_text(info, LITEFLOW_A_SLOT_SNAPSHOT),
				hash ? nla_data(hash) : NULL, hash ? nla_len(hash) : 0,
				part ? lf_nl_sight(skb) : NULL, extack);
}

/* The key of the history that the installation will want; 0: it has it, wants none, or fails. */
static u32 install_history_by(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = lf_nl_text(info, LITEFLOW_A_SLOT_NAME) ?: "";
	const struct lf_snapshot *snap;
	const struct lf_slot *slot;
	u32 by = 0;

	mutex_lock(&lf_mutex);
	slot = lf_slot_find(genl_info_net(info), name);
	snap = slot ? snapshot_meant(skb, info, NULL) : NULL;
	if (!IS_ERR_OR_NULL(snap) && lf_slot_history_missing(slot, snap))
		by = slot->history_by;
	mutex_unlock(&lf_mutex);
	return by;
}

static int slot_install(struct sk_buff *skb, struct lf_slot *slot, const struct genl_info *info,
			struct lf_history **made)
{
	struct lf_snapshot *snap = snapshot_meant(skb, info, info->extack);
	int rc;

	rc = PTR_ERR_OR_ZERO(snap) ?: lf_slot_history_prepare(slot, snap, made, info->extack);
	if (rc)
		return rc;
	rc = lf_serve_install(slot, snap, nla_get_flag(info->attrs[LITEFLOW_A_SLOT_ACTIVATE]),
			      info->extack);
	if (rc)
		lf_slot_history_sweep(slot);
	return rc;
}

int liteflow_nl_slot_install_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 by = install_history_by(skb, info);
	struct lf_history *made = by ? history_make(by, info->extack) : NULL;
	struct lf_slot *slot;
	int rc;

	if (IS_ERR(made))
		return PTR_ERR(made);
	mutex_lock(&lf_mutex);
	slot = lf_nl_slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: slot_install(skb, slot, info, &made);
	mutex_unlock(&lf_mutex);
	if (made)
		lf_history_free(made);
	return rc;
}

int liteflow_nl_slot_activate_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_slot *slot;
	int rc;

	mutex_lock(&lf_mutex);
	slot = lf_nl_slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_serve_activate(slot, info->extack);
	mutex_unlock(&lf_mutex);
	return rc;
}

int liteflow_nl_slot_rollback_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_slot *slot;
	int rc;

	mutex_lock(&lf_mutex);
	slot = lf_nl_slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_serve_rollback(slot, info->extack);
	mutex_unlock(&lf_mutex);
	return rc;
}

/* --- split --- */

static int arm_guard_read(struct lf_arm_wanted *arm, const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	u32 generation = 0;
	int rc;

	arm->set_guard = nest;
	rc = nest ? guard_limits_read(&arm->guard, &generation, nest, extack) : 0;
	if (rc || !generation)
		return rc;
	lf_extack(extack, "the guard of an arm is of that arm's generation: it names none");
	return -EINVAL;
}

static int arm_read(struct lf_split *split, const struct nlattr *nest,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LITEFLOW_A_ARM_MAX + 1];
	struct lf_arm_wanted *arm;
	int rc;

	rc = nla_parse_nested(tb, LITEFLOW_A_ARM_MAX, nest, liteflow_arm_nl_policy, extack);
	if (rc)
		return rc;
	if (!tb[LITEFLOW_A_ARM_WHICH] || !tb[LITEFLOW_A_ARM_WEIGHT]) {
		lf_extack(extack,
			  "an arm of a split needs a weight, and active, standby or a generation");
		return -EINVAL;
	}
	if (split->n == ARRAY_SIZE(split->arm)) {
		lf_extack(extack, "a split has at most %d arms", LF_GENERATIONS);
		return -EINVAL;
	}
	arm = &split->arm[split->n++];
	arm->which = nla_get_u8(tb[LITEFLOW_A_ARM_WHICH]);
	arm->weight = nla_get_u32(tb[LITEFLOW_A_ARM_WEIGHT]);
	arm->generation = 0;
	u32_read(&arm->generation, tb[LITEFLOW_A_ARM_GENERATION]);
	return arm_guard_read(arm, tb[LITEFLOW_A_ARM_GUARD], extack);
}

static int split_read(struct lf_split *split, const struct genl_info *info)
{
	const struct nlattr *seed = info->attrs[LITEFLOW_A_SLOT_SEED], *nla;
	int rem, rc = 0;

	split->n = 0;
	split->set_seed = seed;
	split->seed = seed ? nla_get_u64(seed) : 0;
	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(nla) == LITEFLOW_A_SLOT_ARM)
			rc = arm_read(split, nla, info->extack);
		if (rc)
			break;
	}
	return rc;
}

int liteflow_nl_slot_split_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lf_split split;
	struct lf_slot *slot;
	int rc;

	rc = split_read(&split, info);
	if (rc)
		return rc;
	mutex_lock(&lf_mutex);
	slot = lf_nl_slot_meant(info);
	rc = PTR_ERR_OR_ZERO(slot) ?: lf_serve_split(slot, &split, info->extack);
	mutex_unlock(&lf_mutex);
	return rc;
}
