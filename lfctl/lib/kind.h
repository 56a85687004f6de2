/* SPDX-License-Identifier: GPL-2.0 */
/* Words for the numbers of the netlink family that several commands print. */
#ifndef KIND_H
#define KIND_H

#include <linux/liteflow.h>

#define KINDS	(LITEFLOW_ATTACH_KIND_TCP + 1)
#define REASONS	(LITEFLOW_REASON_UNSURE + 1)

extern const char *const kind_names[KINDS];	/* enum liteflow_attach_kind */
extern const char *const reason_names[REASONS];	/* enum liteflow_reason */

#endif /* KIND_H */
