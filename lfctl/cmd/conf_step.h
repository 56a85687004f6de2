/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of each kind of section. */
#ifndef CONF_STEP_H
#define CONF_STEP_H

struct conf_section;
struct plan;

struct step_args {
	const struct conf_section *want;	/* of the file */
	const struct conf_section *now;		/* NULL: it does not exist */
	struct conf_section *changed;		/* the keys that differ, with their new values */
};

/* Finds the file of the slot's snapshot, and compares or fills in its hash. */
void step_find_snapshot(struct plan *p, struct conf_section *want);

void step_slot(struct plan *p, const struct step_args *a);
void step_tcp(struct plan *p, const struct step_args *a);
void step_hook(struct plan *p, const struct step_args *a);
void step_qdisc(struct plan *p, const struct step_args *a);

#endif /* CONF_STEP_H */
