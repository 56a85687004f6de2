// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl top [-i SECONDS] [--count N] [--sort COLUMN]
 *
 * On a terminal, a screen with keys; otherwise, and with -j, a page or an object per interval.
 */
#include "top.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "commands.h"
#include "nl.h"
#include "out.h"
#include "reading.h"
#include "stop.h"

#define SECOND	1000000000ull

struct top {
	const struct lfctl *ctl;
	struct nl nl;
	uint64_t interval;		/* ns */
	uint32_t count;			/* pages, 0: until a signal */
	int sort;
	bool reverse, paused;
	int scroll;			/* inside */
	uint64_t at, inside;		/* ids of attachments: marked, open (0: none) */
	struct json_object *before, *rows;
};

static int parse_args(const struct command *cmd, struct top *t, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-i") || !strcmp(argv[i], "--interval")) {
			if (++i == argc || !args_seconds(argv[i], &t->interval))
				return lfctl_usage(cmd, "-i needs seconds");
		} else if (!strcmp(argv[i], "--count")) {
			if (++i == argc || !args_u32(argv[i], UINT32_MAX, &t->count) || !t->count)
				return lfctl_usage(cmd, "--count needs a number from 1");
		} else if (!strcmp(argv[i], "--sort")) {
			t->sort = ++i < argc ? args_word(argv[i], top_sorts, TOP_SORTS) : -1;
			if (t->sort < 0)
				return lfctl_usage(cmd, "--sort needs verdicts, none, bits, "
						   "dropped, flows or name");
		} else {
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		}
	}
	return 0;
}

/* Takes a new reading, and makes the rows since the previous one. */
static int take(struct top *t)
{
	struct json_object *now;
	int status = reading_take(&t->nl, NULL, READING_MAPS | READING_BANDS, &now);

	if (status)
		return status;
	if (t->before)
		reading_rates(now, t->before);
	json_object_put(t->before);
	t->before = now;
	json_object_put(t->rows);
	t->rows = top_rows(now);
	top_sort(t->rows, t->sort, t->reverse);
	return 0;
}

/* --- lines --- */

static void print_page(const struct top *t)
{
	char time[OUT_SHORT];

	if (t->ctl->json) {
		out_json_line(json_object_get(t->rows));
		return;
	}
	printf("--- %s\n", out_time(out_u64(t->rows, "time"), time));
	top_print_all(stdout, t->rows);
	putchar('\n');
	fflush(stdout);
}

static int run_lines(struct top *t)
{
	uint64_t until = stop_now();
	uint32_t n;
	int status;

	status = take(t);
	for (n = 0; !status && (!t->count || n < t->count); n++) {
		until += t->interval;
		if (stop_wait(-1, until) < 0)
			break;
		status = take(t);
		if (!status)
			print_page(t);
	}
	return status;
}

/* --- screen --- */

/* The marked row; the first if the marked one is gone. */
static int row_of(struct top *t)
{
	int i, n = out_length(t->rows, "attachments");

	for (i = 0; i < n; i++)
		if (out_u64(out_at(t->rows, "attachments", i), "id") == t->at)
			return i;
	return n ? 0 : -1;
}

static void move_mark(struct top *t, int by)
{
	int n = out_length(t->rows, "attachments"), row = row_of(t) + by;

	row = row < 0 ? 0 : row < n ? row : n - 1;
	t->scroll += by;
	if (t->inside)
		return;
	if (n)
		t->at = out_u64(out_at(t->rows, "attachments", row), "id");
}

static void draw(struct top *t)
{
	static const char inside[] =
		"up/down move  esc back  space pause  -/+ interval  q quit";
	static const char outside[] = "up/down mark  enter details  s sort  r reverse  "
				      "space pause  -/+ interval  q quit";
	char head[256], time[OUT_SHORT], *text = NULL;
	int at = -1, row = row_of(t), first;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	if (t->inside) {
		top_print_one(f, t->rows, t->inside);
	} else {
		first = top_print_all(f, t->rows);
		at = row < 0 ? -1 : first + row;
	}
	fclose(f);
	snprintf(head, sizeof(head), "lfctl top %.19s  every %.1f s  by %s%s%s%s%s",
		 out_time(out_u64(t->rows, "time"), time), t->interval / 1e9, top_sorts[t->sort],
		 t->reverse ? " reversed" : "", t->ctl->netns ? "  netns " : "",
		 t->ctl->netns ? t->ctl->netns : "", t->paused ? "  paused" : "");
	screen_draw(head, text, at, &t->scroll, t->inside ? inside : outside);
	free(text);
}

static void resort(struct top *t)
{
	top_sort(t->rows, t->sort, t->reverse);
}

/* False: quit. */
static bool press(struct top *t, enum top_key key)
{
	int row = row_of(t);

	switch (key) {
	case TOP_QUIT:
		return false;
	case TOP_UP:
	case TOP_DOWN:
		move_mark(t, key == TOP_UP ? -1 : 1);
		break;
	case TOP_PAGE_UP:
	case TOP_PAGE_DOWN:
		move_mark(t, key == TOP_PAGE_UP ? -screen_height() : screen_height());
		break;
	case TOP_ENTER:
		t->scroll = 0;
		t->inside = row < 0 ? 0 : out_u64(out_at(t->rows, "attachments", row), "id");
		break;
	case TOP_BACK:
		t->inside = 0;
		break;
	case TOP_SORT:
		t->sort = (t->sort + 1) % TOP_SORTS;
		resort(t);
		break;
	case TOP_REVERSE:
		t->reverse = !t->reverse;
		resort(t);
		break;
	case TOP_FASTER:
	case TOP_SLOWER:
		t->interval = key == TOP_FASTER ? t->interval / 2 : t->interval * 2;
		t->interval = t->interval < SECOND / 10 ? SECOND / 10 : t->interval;
		t->interval = t->interval > 60 * SECOND ? 60 * SECOND : t->interval;
		break;
	case TOP_PAUSE:
		t->paused = !t->paused;
		break;
	case TOP_REDRAW:
	case TOP_NONE:
		break;
	}
	draw(t);
	return true;
}

/*
 * Handles keys until the time is up. A resize interrupts the wait and arrives as a key. Returns
 * whether to continue.
 */
static bool keys_until(struct top *t, uint64_t until)
{
	enum top_key key;
	int got;

	for (;;) {
		got = stop_wait(STDIN_FILENO, until);
		if (stop_asked())
			return false;
		if (!got)
			return true;
		do {
			key = screen_key();
			if (key != TOP_NONE && !press(t, key))
				return false;
		} while (key != TOP_NONE);
		if (got > 0 && !isatty(STDIN_FILENO))
			return false;	/* the terminal is gone */
	}
}

static int run_screen(struct top *t)
{
	uint32_t n;
	int status;

	for (n = 0; (status = t->paused ? 0 : take(t)) == 0; n++) {
		draw(t);
		if ((t->count && n == t->count) || !keys_until(t, stop_now() + t->interval))
			break;
	}
	return status;
}

static int run(struct top *t)
{
	bool terminal = !t->ctl->json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
	int status;

	stop_catch();
	/* Errors are printed before the screen opens. */
	status = terminal ? take(t) : 0;
	if (status || !terminal || !screen_open())
		return status ? status : run_lines(t);
	status = run_screen(t);
	screen_close();
	/* Messages on the screen vanished with it. */
	if (status)
		lfctl_fail("top: Error: %s", t->nl.error);
	return status;
}

LFCTL_COMMAND(top_main)
{
	struct top t = { .ctl = ctl, .interval = SECOND };
	int status = parse_args(cmd, &t, argc, argv);

	if (!status)
		status = nl_open(&t.nl, ctl);
	if (status)
		return status;
	status = run(&t);
	json_object_put(t.before);
	json_object_put(t.rows);
	nl_close(&t.nl);
	return status;
}
