/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel has, in the words of liteflow.conf(5). */
#ifndef CONF_STATE_H
#define CONF_STATE_H

struct conf;
struct nl;
struct tc_list;

/* Of the namespace of this process. Returns 0 or an exit status, with the complaint made. */
int conf_read_state(struct conf *conf, struct nl *nl, const struct tc_list *qdiscs);

#endif /* CONF_STATE_H */
