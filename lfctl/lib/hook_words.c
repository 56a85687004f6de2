// SPDX-License-Identifier: GPL-2.0
#include "hook_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "units.h"

/* A number, one of nft's names, or a name with an offset: -150, mangle, filter-10. */
bool hook_read_priority(const char *s, int32_t *v)
{
	static const struct { const char *name; int base; } names[] = {
		{ "raw", -300 }, { "mangle", -150 }, { "dstnat", -100 }, { "filter", 0 },
		{ "security", 50 }, { "srcnat", 100 },
	};
	long base = 0, n = 0;
	char *end;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(s, names[i].name, strlen(names[i].name)))
			continue;
		s += strlen(names[i].name);
		base = names[i].base;
		if (*s && *s != '+' && *s != '-')
			return false;
		break;
	}
	if (*s || i == sizeof(names) / sizeof(names[0])) {
		errno = 0;
		n = strtol(s, &end, 10);
		if (end == s || *end || errno || n < INT32_MIN / 2 || n > INT32_MAX / 2)
			return false;
	}
	*v = base + n;
	return true;
}

/* MAJOR:MINOR in hex like tc's, or a number. */
static bool read_class_id(const char *s, uint32_t *v)
{
	unsigned int major, minor;
	int end = 0;

	if (strspn(s, "0123456789abcdefABCDEF:") == strlen(s) &&
	    sscanf(s, "%4x:%4x%n", &major, &minor, &end) == 2 && !s[end]) {
		*v = major << 16 | minor;
		return true;
	}
	return units_u32(s, UINT32_MAX, v);
}

bool hook_read_masked(const char *word, uint32_t *v, uint32_t *mask)
{
	char text[64], *slash;

	if (strlen(word) >= sizeof(text))
		return false;
	strcpy(text, word);
	slash = strchr(text, '/');
	*mask = UINT32_MAX;
	if (!slash)
		return units_u32(text, UINT32_MAX, v) && (*mask = *v, true);
	*slash++ = 0;
	return units_u32(text, UINT32_MAX, v) && units_u32(slash, UINT32_MAX, mask);
}

bool hook_read_action(const char *word, struct hook_action *a)
{
	if (!strcmp(word, "accept"))
		return a->accept = true;
	if (!strcmp(word, "drop"))
		return a->drop = true;
	if (!strcmp(word, "log"))
		return a->log = true;
	if (!strncmp(word, "label=", 6))
		return a->has_label = args_u32(word + 6, 127, &a->label);
	if (!strncmp(word, "mark=", 5))
		return a->has_mark = units_u32(word + 5, UINT32_MAX, &a->mark);
	if (!strncmp(word, "priority=", 9))
		return a->has_priority = read_class_id(word + 9, &a->priority);
	return false;
}

void hook_print_action(const struct hook_action *a, char *text, size_t n)
{
	size_t at = 0;

	*text = 0;
	if (a->has_mark)
		at += snprintf(text + at, n - at, "mark=0x%x,", a->mark);
	if (a->has_priority)
		at += snprintf(text + at, n - at, "priority=%x:%x,", a->priority >> 16,
			       a->priority & 0xffff);
	if (a->has_label)
		at += snprintf(text + at, n - at, "label=%u,", a->label);
	if (a->accept)
		at += snprintf(text + at, n - at, "accept,");
	if (a->drop)
		at += snprintf(text + at, n - at, "drop,");
	if (a->log)
		at += snprintf(text + at, n - at, "log,");
	if (at)
		text[at - 1] = 0;
}
