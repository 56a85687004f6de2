// SPDX-License-Identifier: GPL-2.0
#include "deploy.h"

#include <string.h>

#include "lfctl/args.h"
#include "lfctl/out.h"
#include "lfctl/slot.h"
#include "lfctl/snapshot.h"
#include "log.h"

static const struct lfctl here;		/* this network namespace */

int deploy_open(struct nl *nl)
{
	return nl_open(nl, &here) ? -1 : 0;
}

static void fill(struct deploy_slot *s, struct json_object *o)
{
	struct json_object *active = json_object_object_get(o, "active");

	s->there = true;
	s->sample = out_u64(o, "sample");
	s->budget_ns = out_u64(o, "budget_ns");
	s->samples = out_u64(o, "samples");
	s->lost = out_u64(o, "samples_lost");
	s->active = active && out_has(active, "hash");
	if (!s->active)
		return;
	s->generation = out_u64(active, "generation");
	args_hex(out_str(active, "hash"), s->hash, sizeof(s->hash));
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

int deploy_activate(struct nl *nl, const char *slot, const char *path)
{
	struct snapshot_ref ref;
	struct nlmsghdr *nlh;

	if (snapshot_load_file(nl, path, &ref))
		return -1;
	nlh = request(nl, LITEFLOW_CMD_SLOT_INSTALL, slot);
	mnl_attr_put(nlh, LITEFLOW_A_SLOT_HASH, sizeof(ref.hash), ref.hash);
	mnl_attr_put(nlh, LITEFLOW_A_SLOT_ACTIVATE, 0, NULL);
	return nl_ask(nl, nlh) ? (nl_fail(nl, "slot %s", slot), -1) : 0;
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
