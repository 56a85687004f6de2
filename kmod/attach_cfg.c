// SPDX-License-Identifier: GPL-2.0
/*
 * Configurations of attachments: validation, and allocation of all that one needs before anything
 * changes.
 */
#include "attach_cfg.h"

#include <linux/slab.h>

#define IDLE_MIN_MS	100

static int cfg_check_phases(const struct lf_attach_cfg *cfg, struct netlink_ext_ack *extack)
{
	u32 last = 0;
	int i;

	if (cfg->every && cfg->n_phases) {
		lf_extack(extack, "the model runs at every n-th packet or at listed packets, not "
				  "both");
		return -EINVAL;
	}
	if (cfg->n_phases > LF_PHASES_MAX) {
		lf_extack(extack, "at most %d packets of a flow can be listed, not %u",
			  LF_PHASES_MAX, cfg->n_phases);
		return -EINVAL;
	}
	for (i = 0; i < cfg->n_phases; last = cfg->phases[i++]) {
		if (cfg->phases[i] > last)
			continue;
		lf_extack(extack,
			  "packet numbers of a flow start at 1 and must ascend: %u is "
			  "listed after %u",
			  cfg->phases[i], last);
		return -EINVAL;
	}
	return 0;
}

int lf_cfg_check_slot(const char *name, struct netlink_ext_ack *extack)
{
	if (name && lq_name_ok(name))
		return 0;
	lf_extack(extack, "a slot's name is " LQ_NAME_RULE);
	return -EINVAL;
}

int lf_cfg_check(const struct lf_attach_cfg *cfg, struct netlink_ext_ack *extack)
{
	int rc;

	rc = lf_cfg_check_slot(cfg->slot, extack);
	if (rc)
		return rc;
	if (cfg->flows && (cfg->flows < LF_FLOWS_MIN || cfg->flows > LF_FLOWS_MAX)) {
		lf_extack(extack, "a flow table holds %u to %u flows, not %u", LF_FLOWS_MIN,
			  LF_FLOWS_MAX, cfg->flows);
		return -EINVAL;
	}
	if (cfg->idle_ms && (cfg->idle_ms < IDLE_MIN_MS || cfg->idle_ms > LF_FLOW_IDLE_MAX_MS)) {
		lf_extack(extack, "idle must be %d to %d ms, not %u", IDLE_MIN_MS,
			  LF_FLOW_IDLE_MAX_MS, cfg->idle_ms);
		return -EINVAL;
	}
	rc = cfg_check_phases(cfg, extack);
	return rc ?: lf_map_check(cfg->map, cfg->n_map, extack);
}

int lf_cfg_check_map(const struct lf_slot *slot, const struct lf_map_entry *entry,
			unsigned int n, enum lf_map_check check, struct netlink_ext_ack *extack)
{
	const struct lf_gen *gen = slot ? lf_slot_active(slot) : NULL;

	return gen ? lf_map_tell_unknown(entry, n, check, gen->snap, extack) : 0;
}

static struct lf_phases *cfg_phases(const struct lf_attach_cfg *cfg)
{
	struct lf_phases *p = kzalloc(sizeof(*p), LF_GFP);

	if (!p)
		return NULL;
	p->every = cfg->every;
	p->n = cfg->n_phases;
	memcpy(p->at, cfg->phases, p->n * sizeof(p->at[0]));
	return p;
}

void lf_cfg_free(struct lf_cfg_parts *p)
{
	int i;

	for (i = 0; i < LF_GENERATIONS; i++)
		kfree(p->map[i]);
	kfree(p->entries);
	kfree(p->phases);
}

int lf_cfg_create(struct lf_cfg_parts *p, const struct lf_attach_cfg *cfg)
{
	memset(p, 0, sizeof(*p));
	p->phases = cfg_phases(cfg);
	p->entries = lf_map_copy(cfg->map, cfg->n_map);
	if (p->phases && p->entries)
		return 0;
	lf_cfg_free(p);
	return -ENOMEM;
}

int lf_cfg_maps(struct lf_cfg_parts *p, const struct lf_attach *a, const struct lf_attach_cfg *cfg)
{
	const struct lf_bind *b;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		b = lf_dereference(a->own.bind[i]);
		if (!b)
			continue;
		p->map[i] = lf_map_create(p->entries, cfg->n_map, b->gen->snap);
		if (!p->map[i])
			return -ENOMEM;
	}
	return 0;
}
