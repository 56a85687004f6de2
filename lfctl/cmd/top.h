/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of lfctl top. What is shown is first a JSON object, made from two readings:
 *
 *	time
 *	slots		[{ name, snapshot, hash, generation, old_generations, old_flows, inferences,
 *			   verdicts, drift, samples, samples_lost }]
 *	attachments	[{ id, name, kind, dev, label, slot, snapshot, flows, flows_max, verdicts,
 *			   none, why, dropped, bits, drift, packets: { REASON: n, ... },
 *			   bands: [{ band, packets, bits, drops, backlog, delay_ns,
 *				     delay_max_ns }],
 *			   classes: [{ class, action, packets, bits }],
 *			   inferences: [{ class, inferences, share }] }]
 *
 * Event counts are per second; drift and share are fractions.
 */
#ifndef TOP_H
#define TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

/* --- top_rows.c --- */

#define TOP_SORTS	6
/* Members by which attachments can be sorted. */
extern const char *const top_sorts[TOP_SORTS];

/* The object above, from a reading with rates (reading.h). */
struct json_object *top_rows(struct json_object *reading);
void top_sort(struct json_object *rows, int by, bool reverse);

/* --- top_text.c --- */

/* All slots and attachments. Returns the line that has the first attachment. */
int top_print_all(FILE *f, struct json_object *rows);
/* One attachment. */
void top_print_one(FILE *f, struct json_object *rows, uint64_t id);

/* --- top_screen.c --- */

enum top_key {
	TOP_NONE, TOP_QUIT, TOP_UP, TOP_DOWN, TOP_PAGE_UP, TOP_PAGE_DOWN, TOP_ENTER, TOP_BACK,
	TOP_SORT, TOP_REVERSE, TOP_FASTER, TOP_SLOWER, TOP_PAUSE, TOP_REDRAW,
};

/* Takes over the terminal. False if its type cannot show a screen. */
bool screen_open(void);
void screen_close(void);

/*
 * Shows the lines of text with the line `at` marked and visible, or (-1) from line *scroll on,
 * which is clamped; head above, foot below.
 */
void screen_draw(const char *head, const char *text, int at, int *scroll, const char *foot);
int screen_height(void);	/* lines of text */

/* The key that was pressed, if any. */
enum top_key screen_key(void);

#endif /* TOP_H */
