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
	const char *options;	/* in the form that tc accepts */
};

struct tc_list {
	char *text;
	struct tc_qdisc *qdiscs;
	size_t n;
};

/* For the namespace of this process. Returns 0, or an exit status after printing the error. */
int tc_read(struct tc_list *list);
void tc_free(struct tc_list *list);

const struct tc_qdisc *tc_at(const struct tc_list *list, const char *dev, const char *place);

/* Did the kernel create it by default, rather than a user? */
bool tc_is_default(const struct tc_qdisc *q);

/* Does tc's listing suffice to restore it, with everything below it? */
bool tc_can_come_back(const struct tc_qdisc *q);

/* tc's word for an option that is on or off: NULL if that key is of another kind. */
const char *tc_flag(const char *key, bool on);

/* A section for each of our qdiscs. */
int tc_sections(const struct tc_list *list, struct conf *conf);

#endif /* CONF_TC_H */
