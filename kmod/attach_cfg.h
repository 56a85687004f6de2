/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_ATTACH_CFG_H
#define LF_ATTACH_CFG_H

#include "state.h"

/* Each invalid value has its own message. */
int lf_cfg_check(const struct lf_attach_cfg *cfg, struct netlink_ext_ack *extack);
int lf_cfg_check_slot(const char *name, struct netlink_ext_ack *extack);

/* Does the slot (NULL: none) have what the map names now? Return as for lf_map_tell_unknown(). */
int lf_cfg_check_map(const struct lf_slot *slot, const struct lf_map_entry *entry,
			unsigned int n, enum lf_map_check check, struct netlink_ext_ack *extack);

/* All memory that a configuration needs, allocated before anything changes. */
struct lf_cfg_parts {
	struct lf_phases *phases;
	struct lf_map_entry *entries;
	struct lf_map *map[LF_GENERATIONS];
};

int lf_cfg_create(struct lf_cfg_parts *p, const struct lf_attach_cfg *cfg);
void lf_cfg_free(struct lf_cfg_parts *p);

/* The maps of the binds that stay. Under lf_mutex. */
int lf_cfg_maps(struct lf_cfg_parts *p, const struct lf_attach *a, const struct lf_attach_cfg *cfg);

#endif /* LF_ATTACH_CFG_H */
