/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The columns of tables: "cubic", "hand" (hand.c), parameters (*.net), or a snapshot (*.lfs), which
 * runs in the engine's integers as in the kernel; POLICY@THR,LAT,LOSS gives a preference.
 */
#ifndef LF_SIM_COLUMN_H
#define LF_SIM_COLUMN_H

#include "net.h"

#define COLUMNS	10

struct column {
	const char *name;
	struct sim_policy policy;
	struct sim_net net;
	struct lf_rate_config config;
	float preference[3];
	bool cubic;
};

extern struct column columns[COLUMNS];
extern int n_columns;

/* Ends the program where there is no such policy. */
void column_add(const char *arg);

/* Prints a sentence, ends the program. */
void die(const char *what, const char *name);

/* The flows of a scene are this column's. */
void column_drive(const struct column *c, struct sim_scene *s);

#endif /* LF_SIM_COLUMN_H */
