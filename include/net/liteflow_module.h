/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots that come as modules: for the output of `lfgen module`.
 */
#ifndef NET_LITEFLOW_MODULE_H
#define NET_LITEFLOW_MODULE_H

#include <linux/types.h>
#include <lq/lq.h>

struct module;

/*
 * A snapshot that comes as a module (`lfgen module`), for users who must sign their models. Its
 * file goes through the same validator. run() must match the engine bit for bit: at registration
 * the golden vectors are run through it.
 */
struct lf_snapshot_module {
	struct module *owner;
	const void *file;
	size_t len;
	void (*run)(const s32 *x, s32 *y, struct lq_scratch *scratch);
};

int lf_snapshot_register(struct lf_snapshot_module *sm);
void lf_snapshot_unregister(struct lf_snapshot_module *sm);

#endif /* NET_LITEFLOW_MODULE_H */
