/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of lfctl why. What is shown of a flow is first a JSON object: that of flows.h, and
 *
 *	reverse		the direction from dst to src is explained
 *	run_from, run_next	packets of the flow, see flow-get of the netlink spec; absent: never
 *	kind, meaning	of the snapshot
 *	explained_by, served	name of the snapshot; is it the one that serves the flow?
 *	read_packets	of the direction that is explained
 *	now		class or value that the inputs give now; absent if unknown inputs leave it
 *			open
 *	explained, second	classes; the one that is explained, and the next best
 *	outputs		[{ name, unit, value, or least and most if unknown inputs leave it open }]
 *	trees		{ all, for, against, open }: trees whose leaf favours `explained` over
 *			`second`, the other way round, or whose leaf depends on unknown inputs
 *	inputs		[{ name, unit, value, calibrated: [least, greatest], outside ("below",
 *			   "above", or absent), given, and
 *			   trees, above, up_to		forest: trees for `explained` that compare
 *							it, and the interval that they leave it
 *			   contribution }]		net: see why_net.c
 *	changes		[{ input, value, class, distance }]: at this value of one input alone, the
 *			others as they are, the class changes; the nearest first; the distance is
 *			in widths of the calibrated range; absent if an input is unknown
 *
 * in units, not in steps. An input without a value is unknown.
 */
#ifndef WHY_H
#define WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lq/lq.h>

#include "file.h"
#include "flows.h"
#include "lfctl.h"

struct json_object;
struct nl;

/* --- why_args.c --- */

#define WHY_GIVEN	64

struct why_args {
	struct flows_filter filter;
	const char *snapshot;			/* file, NULL: the one that serves the flow */
	bool reverse;
	struct {
		const char *name;		/* of a feature */
		double value;			/* in its unit */
	} given[WHY_GIVEN];
	int n_given;
	char names[WHY_GIVEN][LQ_NAME_LEN];
};

/* Returns 0, or LFCTL_USAGE after printing the error. */
int why_args(const struct command *cmd, struct why_args *args, int argc, char **argv);

/* --- why_model.c --- */

/* A snapshot that can be run, and one vector of its inputs, in steps. */
struct why_model {
	struct file file;
	struct lq_info info;
	struct lq_model *model;
	struct lq_scratch *scratch;
	s32 x[LQ_MAX_INPUTS];
	bool known[LQ_MAX_INPUTS], given[LQ_MAX_INPUTS];
};

/* Takes over @file. Returns 0, or an exit status after printing the error. */
int why_model_open(struct why_model *m, const struct file *file, const char *what);
void why_model_close(struct why_model *m);

/* Raw outputs of a vector. */
void why_model_run(struct why_model *m, const s32 *x, s32 *y);

bool why_model_all_known(const struct why_model *m);
const char *why_model_input(const struct why_model *m, uint32_t i);
const char *why_model_output(const struct why_model *m, uint32_t o);
/* Calibrated range of an input, in steps. */
s32 why_model_least(const struct why_model *m, uint32_t i);
s32 why_model_greatest(const struct why_model *m, uint32_t i);
/* In the unit of an input or output. */
double why_model_value(const struct why_model *m, uint32_t i, double steps);
double why_model_score(const struct why_model *m, uint32_t o, double raw);
/* The nearest step; saturates. */
s32 why_model_steps(const struct why_model *m, uint32_t i, double value);
const char *why_model_unit(const struct why_model *m, uint32_t i);

/* A number of ten digits. */
void why_add(struct json_object *o, const char *key, double v);

/* --- why_forest.c, why_net.c: what they add to the object; inputs has one for each input --- */

void why_forest(struct why_model *m, struct json_object *o, int verdict);
void why_net(struct why_model *m, struct json_object *o);

/* --- why_change.c --- */

/* Adds changes; all inputs are known, @class is their class. */
void why_changes(struct why_model *m, struct json_object *o, uint32_t class);

/* --- why_text.c --- */

void why_print(struct json_object *o);

#endif /* WHY_H */
