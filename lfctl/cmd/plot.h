/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of lfctl plot: curves from a recorded `lfctl -j top`, drawn by gnuplot. */
#ifndef PLOT_H
#define PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

enum plot_panel { PLOT_CLASSES, PLOT_DELAY, PLOT_DRIFT, PLOT_PANELS };

struct plot_curve {
	enum plot_panel panel;
	char *title;
	char *points;			/* once closed: lines of time and value */
	size_t len;
	FILE *f;
};

struct plot {
	struct plot_curve *curves;
	size_t n, n_readings;
	uint64_t first, last;		/* ns */
	bool several_slots;
};

/* --- plot_read.c --- */

/*
 * Reads the lines of `path` ("-": standard input), of slot `slot` (NULL: all). Returns 0, or an
 * exit status after printing the error. Release with plot_free().
 */
int plot_read(struct plot *p, const char *path, const char *slot);
void plot_free(struct plot *p);

/* --- plot_draw.c --- */

enum plot_format { PLOT_SVG, PLOT_PNG };

/* Is gnuplot there? Prints the error if not. */
bool plot_can_draw(void);

/* Draws into `path`, which is replaced. Returns 0, or an exit status after printing the error. */
int plot_draw(const struct plot *p, const char *path, enum plot_format format);

#endif /* PLOT_H */
