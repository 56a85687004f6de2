/* SPDX-License-Identifier: GPL-2.0 */
/* Rows of calibration: what a policy's net reads in scenes that it drives. */
#ifndef LF_SIM_CALIB_H
#define LF_SIM_CALIB_H

#include "search.h"

struct calib {
	const struct sim_net *net;
	search_draw *draw;		/* the scenes */
	void *draw_ctx;
	void (*prefer)(const struct sim_net *n, float *w, struct sim_rng *r);
	u64 seed;
	int scenes;
};

/* At most @max of the histories met, each with the same chance. Return: how many. */
u32 calib_rows(const struct calib *c, float (*rows)[NET_WIDTH], u32 max);

/* The value of input @i, within the range that nets are trained on. */
float calib_clamp(int i, float v);

#endif /* LF_SIM_CALIB_H */
