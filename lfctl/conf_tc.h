/* SPDX-License-Identifier: GPL-2.0 */
/* Qdiscs as `tc qdisc show` prints them. */
#ifndef CONF_TC_H
#define CONF_TC_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct conf_section;

struct tc_qdisc {
	char kind[32], handle[16], dev[32];
	char place[32];		/* root; parent 1:10 */
	const char *options;	/* as they can be given back */
};

struct tc_list {
	char *text;
	struct tc_qdisc *qdiscs;
	size_t n;
};

/* Of the namespace of this process. Returns 0 or an exit status, with the complaint made. */
int tc_read(struct tc_list *list);
void tc_free(struct tc_list *list);

const struct tc_qdisc *tc_at(const struct tc_list *list, const char *dev, const char *place);

/* Did somebody choose it, or did the kernel put it there? */
bool tc_is_default(const struct tc_qdisc *q);

/* Can what is printed of it bring it back, with all that hangs below? */
bool tc_can_come_back(const struct tc_qdisc *q);

/* A section for each of ours. */
int tc_sections(const struct tc_list *list, struct conf *conf);

#endif /* CONF_TC_H */
