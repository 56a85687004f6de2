/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attachments as the core knows them: configuration, binding to a slot by name, flow table,
 * counters.
 */
#ifndef LF_ATTACH_H
#define LF_ATTACH_H

#include "state.h"

/* All under lf_mutex. */

/* lf_attach_set_slot() for callers that hold lf_mutex. */
int lf_attach_move(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack);

void lf_attach_exit_net(struct lf_net *ln);

/* Not under lf_mutex: waits until the flows of destroyed attachments have ended. */
void lf_attach_wait(struct lf_net *ln);

#endif /* LF_ATTACH_H */
