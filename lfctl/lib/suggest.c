// SPDX-License-Identifier: GPL-2.0
/*
 * Slips as defined by Damerau: a letter too many, missing, or wrong, or two neighbours swapped.
 * Three rows of the distance table are enough (optimal string alignment).
 */
#include "suggest.h"

#include <string.h>

#define LONGEST	31
#define SLIPS	2

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int distance(const char *a, const char *b)
{
	int rows[3][LONGEST + 1], n = strlen(a), m = strlen(b), i, j, d;
	int *now = rows[0], *last = rows[1], *before = rows[2], *spare;

	if (n > LONGEST || m > LONGEST)
		return LONGEST;
	for (j = 0; j <= m; j++)
		now[j] = j;
	for (i = 1; i <= n; i++) {
		spare = before;
		before = last;
		last = now;
		now = spare;
		now[0] = i;
		for (j = 1; j <= m; j++) {
			d = last[j - 1] + (a[i - 1] != b[j - 1]);
			d = least(d, least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = least(d, before[j - 2] + 1);
			now[j] = d;
		}
	}
	return now[m];
}

const char *suggest(const char *word, const char *const *words, int n)
{
	int best = SLIPS + 1, d, i, len = strlen(word);
	const char *found = NULL;

	for (i = 0; i < n; i++) {
		d = distance(word, words[i]);
		/* At most half of the letters may be wrong. */
		if (d < best && 2 * d < len + 1) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
