// SPDX-License-Identifier: GPL-2.0
#include "deploy.h"

#include <stdio.h>
#include <string.h>

#include "lfctl/cmd/slot.h"
#include "lfctl/cmd/snapshot.h"
#include "lfctl/lib/args.h"
#include "lfctl/lib/out.h"
#include "log.h"

#define GUARD_WINDOW_MS	2000
#define GUARD_LEAST	500	/* inferences per window: more than one burst */

static const struct lfctl here;		/* this network namespace */

int deploy_open(struct nl *nl)
{
	return nl_open(nl, &here) ? -1 : 0;
}

static double top_class(struct json_object *gen)
{
	uint64_t n, most = 0, all = 0;
	size_t i;

	for (i = 0; i < out_length(gen, "classes"); i++) {
		n = out_u64(out_at(gen, "classes", i), "count");
		all += n;
		most = n > most ? n : most;
	}
	return all ? (double)most / all : 0;
}

static double drifted(struct json_object *gen)
{
	uint64_t n = out_u64(gen, "inferences");

	return n ? (double)out_u64(gen, "drifted") / n : 0;
}

static void fill_standby(struct deploy_slot *s, struct json_object *o)
{
	struct json_object *standby = json_object_object_get(o, "standby");

	s->standby = standby && out_has(standby, "hash");
	if (!s->standby)
		return;
	args_hex(out_str(standby, "hash"), s->standby_hash, sizeof(s->standby_hash));
	s->standby_generation = out_u64(standby, "generation");
	s->weight = out_u64(standby, "weight");
	s->weights = s->weight + out_u64(json_object_object_get(o, "active"), "weight");
}

static void fill_trip(struct deploy_slot *s, struct json_object *trip)
{
	bool outcome = !strcmp(out_str(trip, "limit"), "outcome");
	bool own = json_object_get_boolean(json_object_object_get(trip, "own"));

	if (!trip)
		return;
	s->stopped = out_u64(trip, "generation");
	snprintf(s->trip, sizeof(s->trip),
		 outcome ? "%s: worse by %g over %llu values, allowed %g%s"
			 : "%s: %g of %llu inferences, allowed %g%s",
		 out_str(trip, "limit"), out_s64(trip, "measured") / (outcome ? 1 : 1e6),
		 (unsigned long long)out_u64(trip, "count"),
		 out_s64(trip, "bound") / (outcome ? 1 : 1e6),
		 own ? "" : " (a limit of the slot)");
}

static void fill(struct deploy_slot *s, struct json_object *o)
{
	struct json_object *active = json_object_object_get(o, "active");
	struct json_object *shadowed = json_object_object_get(o, "shadowed");

	s->there = true;
	s->shadow = out_u64(o, "shadow");
	if (shadowed) {
		s->shadow_runs = out_u64(shadowed, "runs");
		s->shadow_agreed = out_u64(shadowed, "agreed");
	}
	fill_standby(s, o);
	fill_trip(s, json_object_object_get(o, "trip"));
	s->sample = out_u64(o, "sample");
	s->budget_ns = out_u64(o, "budget_ns");
	s->samples = out_u64(o, "samples");
	s->lost = out_u64(o, "samples_lost");
	s->active = active && out_has(active, "hash");
	if (!s->active)
		return;
	s->generation = out_u64(active, "generation");
	args_hex(out_str(active, "hash"), s->hash, sizeof(s->hash));
	s->top_class = top_class(active);
	s->drifted = drifted(active);
}

int deploy_look(struct nl *nl, const char *slot, struct deploy_slot *s)
{
	struct json_object *all, *o;
	size_t i;

	memset(s, 0, sizeof(*s));
	if (slot_read(nl, NULL, &all))
		return -1;
	for (i = 0; i < json_object_array_length(all); i++) {
		o = json_object_array_get_idx(all, i);
		if (!strcmp(out_str(o, "name"), slot))
			fill(s, o);
	}
	json_object_put(all);
	return 0;
}

struct json_object *deploy_snapshot(struct nl *nl, const uint8_t *hash)
{
	char hex[2 * LQ_HASH_LEN + 1];

	out_hex(hash, LQ_HASH_LEN, hex);
	return snapshot_by_hash(nl, hex);
}

static struct nlmsghdr *request(struct nl *nl, uint8_t cmd, const char *slot)
{
	struct nlmsghdr *nlh = nl_request(nl, cmd, 0);

	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, slot);
	return nlh;
}

static int tell(struct nl *nl, struct nlmsghdr *nlh, const char *slot)
{
	return nl_ask(nl, nlh) ? (nl_fail(nl, "slot %s", slot), -1) : 0;
}

static int install(struct nl *nl, const char *slot, const char *path, bool activate)
{
	struct snapshot_ref ref;
	struct nlmsghdr *nlh;

	if (snapshot_load_file(nl, path, &ref))
		return -1;
	nlh = request(nl, LITEFLOW_CMD_SLOT_INSTALL, slot);
	mnl_attr_put(nlh, LITEFLOW_A_SLOT_HASH, sizeof(ref.hash), ref.hash);
	if (activate)
		mnl_attr_put(nlh, LITEFLOW_A_SLOT_ACTIVATE, 0, NULL);
	return tell(nl, nlh, slot);
}

int deploy_activate(struct nl *nl, const char *slot, const char *path)
{
	return install(nl, slot, path, true);
}

int deploy_standby(struct nl *nl, const char *slot, const char *path)
{
	return install(nl, slot, path, false);
}

int deploy_shadow(struct nl *nl, const char *slot, uint32_t every)
{
	struct nlmsghdr *nlh = request(nl, LITEFLOW_CMD_SLOT_SET, slot);

	mnl_attr_put_u32(nlh, LITEFLOW_A_SLOT_SHADOW, every);
	return tell(nl, nlh, slot);
}

bool deploy_limited(const struct deploy_limits *limits)
{
	return limits->drift > 0 || limits->saturated > 0 || limits->top_class > 0 ||
	       limits->outcome;
}

static void put_limits(struct nlmsghdr *nlh, const struct deploy_limits *limits)
{
	mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_WINDOW, GUARD_WINDOW_MS);
	mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_LEAST, GUARD_LEAST);
	mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_DRIFT, limits->drift * 1e6 + 0.5);
	mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_SATURATED, limits->saturated * 1e6 + 0.5);
	mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_CLASS, limits->top_class * 1e6 + 0.5);
	if (!limits->outcome)
		return;
	mnl_attr_put_u8(nlh, LITEFLOW_A_GUARD_TERM, limits->term);
	mnl_attr_put_u64(nlh, LITEFLOW_A_GUARD_BOUND, limits->bound);
}

/* generation: 0 in the nest of an arm. */
static void put_guard(struct nlmsghdr *nlh, uint16_t attr, uint32_t generation,
		      const struct deploy_limits *limits)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, attr);

	if (generation)
		mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_GENERATION, generation);
	if (limits && deploy_limited(limits))
		put_limits(nlh, limits);
	mnl_attr_nest_end(nlh, nest);
}

static void put_arm(struct nlmsghdr *nlh, uint8_t which, uint32_t weight,
		    const struct deploy_limits *limits)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, LITEFLOW_A_SLOT_ARM);

	mnl_attr_put_u8(nlh, LITEFLOW_A_ARM_WHICH, which);
	mnl_attr_put_u32(nlh, LITEFLOW_A_ARM_WEIGHT, weight);
	if (limits)
		put_guard(nlh, LITEFLOW_A_ARM_GUARD, 0, limits);
	mnl_attr_nest_end(nlh, nest);
}

int deploy_share(struct nl *nl, const char *slot, double share, const struct deploy_limits *limits)
{
	struct nlmsghdr *nlh = request(nl, LITEFLOW_CMD_SLOT_SPLIT, slot);
	uint32_t weight = share * DEPLOY_WEIGHTS + 0.5;

	if (weight) {
		put_arm(nlh, LITEFLOW_ARM_WHICH_ACTIVE, DEPLOY_WEIGHTS - weight, NULL);
		put_arm(nlh, LITEFLOW_ARM_WHICH_STANDBY, weight, limits);
	}
	return tell(nl, nlh, slot);
}

int deploy_limit(struct nl *nl, const char *slot, uint32_t generation,
		 const struct deploy_limits *limits)
{
	struct nlmsghdr *nlh = request(nl, LITEFLOW_CMD_SLOT_SET, slot);

	put_guard(nlh, LITEFLOW_A_SLOT_GUARD, generation, limits);
	return tell(nl, nlh, slot);
}

int deploy_back(struct nl *nl, const char *slot, const uint8_t *hash, const char *path)
{
	struct deploy_slot s;

	if (nl_ask(nl, request(nl, LITEFLOW_CMD_SLOT_ROLLBACK, slot)))
		nl_fail(nl, "slot %s", slot);
	else if (!deploy_look(nl, slot, &s) && s.active && !memcmp(s.hash, hash, LQ_HASH_LEN))
		return 0;
	return *path ? deploy_activate(nl, slot, path) : -1;
}
