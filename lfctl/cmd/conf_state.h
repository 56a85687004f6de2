/* SPDX-License-Identifier: GPL-2.0 */
/* The state of the kernel, in the words of liteflow.conf(5). */
#ifndef CONF_STATE_H
#define CONF_STATE_H

struct conf;
struct nl;
struct tc_list;

/* For the namespace of this process. Returns 0, or an exit status after printing the error. */
int conf_read_state(struct conf *conf, struct nl *nl, const struct tc_list *qdiscs);

#endif /* CONF_STATE_H */
