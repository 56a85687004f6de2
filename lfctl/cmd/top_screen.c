// SPDX-License-Identifier: GPL-2.0
/* The terminal of lfctl top, by ncurses. */
#include "top.h"

#include <ctype.h>
#include <locale.h>
#include <string.h>

#include <curses.h>

static SCREEN *screen;
static int first;	/* line of the text at the top of the screen */

bool screen_open(void)
{
	setlocale(LC_CTYPE, "");
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return false;
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	return true;
}

void screen_close(void)
{
	endwin();
	delscreen(screen);
}

int screen_height(void)
{
	return LINES > 3 ? LINES - 3 : 1;
}

/* Names come from outside: characters that would move the cursor are shown as question marks. */
static void line(int y, const char *text, size_t len, attr_t attr)
{
	char out[512];
	size_t i;

	if (len > sizeof(out) - 1)
		len = sizeof(out) - 1;
	for (i = 0; i < len; i++)
		out[i] = iscntrl((unsigned char)text[i]) ? '?' : text[i];
	out[len] = 0;
	move(y, 0);
	attrset(attr);
	addnstr(out, COLS);
	if (attr & A_REVERSE)
		hline(' ', COLS);
	attrset(A_NORMAL);
}

static int lines_of(const char *text)
{
	int n = 0;

	while (*text)
		n += *text++ == '\n';
	return n;
}

static void into_sight(const char *text, int at, int *scroll)
{
	int last = lines_of(text) - screen_height();

	if (at < 0) {
		*scroll = *scroll > last ? last : *scroll;
		first = *scroll = *scroll < 0 ? 0 : *scroll;
	} else if (at < first + 1) {
		first = at > 0 ? at - 1 : 0;
	} else if (at >= first + screen_height()) {
		first = at - screen_height() + 1;
	}
}

static bool is_title(const char *text, size_t len)
{
	return len > 4 && isupper((unsigned char)text[0]) && isupper((unsigned char)text[1]);
}

void screen_draw(const char *head, const char *text, int at, int *scroll, const char *foot)
{
	size_t len;
	int n;

	into_sight(text, at, scroll);
	erase();
	line(0, head, strlen(head), A_BOLD);
	for (n = 0; *text; n++) {
		len = strcspn(text, "\n");
		if (n >= first && n < first + screen_height())
			line(2 + n - first, text, len,
			     n == at ? A_REVERSE : is_title(text, len) ? A_BOLD : A_NORMAL);
		text += len + (text[len] == '\n');
	}
	line(LINES - 1, foot, strlen(foot), A_DIM);
	refresh();
}

enum top_key screen_key(void)
{
	static const struct { int c; enum top_key key; } keys[] = {
		{ 'q', TOP_QUIT }, { KEY_UP, TOP_UP }, { 'k', TOP_UP }, { KEY_DOWN, TOP_DOWN },
		{ 'j', TOP_DOWN }, { KEY_PPAGE, TOP_PAGE_UP }, { KEY_NPAGE, TOP_PAGE_DOWN },
		{ '\r', TOP_ENTER }, { '\n', TOP_ENTER }, { KEY_ENTER, TOP_ENTER },
		{ KEY_RIGHT, TOP_ENTER }, { 27, TOP_BACK }, { KEY_LEFT, TOP_BACK },
		{ KEY_BACKSPACE, TOP_BACK }, { 127, TOP_BACK }, { 's', TOP_SORT },
		{ 'r', TOP_REVERSE }, { '+', TOP_SLOWER }, { '-', TOP_FASTER }, { ' ', TOP_PAUSE },
		{ KEY_RESIZE, TOP_REDRAW }, { 12, TOP_REDRAW },
	};
	int c = getch();
	size_t i;

	for (i = 0; c != ERR && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].c == c)
			return keys[i].key;
	return TOP_NONE;
}
