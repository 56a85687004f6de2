/* SPDX-License-Identifier: GPL-2.0 */
/* A net learns to act as a teacher does: where a search begins. */
#ifndef LF_SIM_IMITATE_H
#define LF_SIM_IMITATE_H

#include "search.h"

/* The teacher's action in the flow's place; @raw: the net's inputs there. */
typedef float imitate_teacher(void *ctx, const struct sim_flow *f, const float *raw);

/* So many scenes are done; the squared error of late. Return: go on? */
typedef bool imitate_told(void *ctx, int scenes, double error);

struct imitation {
	imitate_teacher *teacher;
	imitate_told *told;		/* after each scene, or NULL */
	void *ctx;			/* of both */
};

/* At most @scenes, drawn as the search's are. Return: the squared error of late. */
double imitate(struct search *s, const struct imitation *how, int scenes);

#endif /* LF_SIM_IMITATE_H */
