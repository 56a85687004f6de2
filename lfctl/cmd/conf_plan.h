/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the current state to the wanted one: the differences, and the commands that apply and undo
 * them.
 */
#ifndef CONF_PLAN_H
#define CONF_PLAN_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct json_object;
struct lfctl;
struct nl;
struct tc_list;

struct step {
	char *run;	/* words separated by blanks; the first is lfctl, tc or sysctl */
	char *undo;	/* such lines */
};

struct plan {
	const struct lfctl *ctl;
	const char *path;		/* of the file */
	const struct conf *want, *now;
	struct nl *nl;
	const struct tc_list *qdiscs;
	const char *device;		/* only this device and slots; NULL: all */
	bool strict;			/* a map is strict: checked against the active snapshot */
	struct step *steps, *last;	/* `last`: after all others */
	size_t n, n_last;
	struct json_object *changes;	/* [{ section, key, from, to }] */
	struct json_object *absent;	/* devices that do not exist (yet) */
	int status;
};

/* Fills in the hashes of the snapshots of *want. Returns 0 or an exit status. */
int plan_make(struct plan *p, struct conf *want);

/* All or nothing: returns 0, or an exit status after the old state has been restored. */
int plan_run(const struct plan *p);

/* Runs one line of a step with the program it names. Returns 0 or an exit status. */
int plan_run_line(const struct lfctl *ctl, const char *line);

/* conf_steps.c: for the functions that make steps */
void plan_step(struct plan *p, char *run, char *undo);	/* takes both */
void plan_step_last(struct plan *p, char *run, char *undo);
char *plan_text(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));
int plan_fail(struct plan *p, int line, const char *fmt, ...)
	__attribute__((__format__(printf, 3, 4)));
void plan_free(struct plan *p);

#endif /* CONF_PLAN_H */
