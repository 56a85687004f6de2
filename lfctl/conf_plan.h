/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From what is to what shall be: the differences, and the commands that make them and take them
 * back.
 */
#ifndef CONF_PLAN_H
#define CONF_PLAN_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct json_object;
struct nl;
struct tc_list;

struct step {
	char *run;	/* words with blanks between; the first is lfctl, tc or sysctl */
	char *undo;	/* such lines */
};

struct plan {
	const char *path;		/* of the file */
	const struct conf *want, *now;
	struct nl *nl;
	const struct tc_list *qdiscs;
	const char *device;		/* only this one's, and slots; NULL: all */
	bool strict;			/* a map is strict: it is about the active snapshot */
	struct step *steps, *last;	/* `last`: when all the others have been done */
	size_t n, n_last;
	struct json_object *changes;	/* [{ section, key, from, to }] */
	struct json_object *absent;	/* devices that are not there (yet) */
	int status;
};

/* *want gets the hashes of its snapshots. Returns 0 or an exit status. */
int plan_make(struct plan *p, struct conf *want);

/* All or nothing: returns 0, or an exit status when what was is there again. */
int plan_run(const struct plan *p);

/* One line of a step, by whoever it is for. Returns 0 or an exit status. */
int plan_run_line(const char *line);
void plan_free(struct plan *p);

/* For the makers of steps. */
void plan_step(struct plan *p, char *run, char *undo);	/* takes both */
void plan_step_last(struct plan *p, char *run, char *undo);
char *plan_text(const char *fmt, ...) __attribute__((__format__(printf, 1, 2)));
int plan_fail(struct plan *p, int line, const char *fmt, ...)
	__attribute__((__format__(printf, 3, 4)));

#endif /* CONF_PLAN_H */
