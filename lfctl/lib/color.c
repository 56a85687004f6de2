// SPDX-License-Identifier: GPL-2.0
#include "color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool enabled;

static bool terminal(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") && !(no && *no);
}

bool color_set(const char *when)
{
	if (!strcmp(when, "always"))
		enabled = true;
	else if (!strcmp(when, "never"))
		enabled = false;
	else if (!strcmp(when, "auto"))
		enabled = terminal();
	else
		return false;
	return true;
}

const char *color_on(enum color color)
{
	static const char *const sequences[] = {
		"", "\033[1m", "\033[36m", "\033[33m", "\033[32m", "\033[1;31m", "\033[35m",
	};

	return enabled ? sequences[color] : "";
}

const char *color_off(enum color color)
{
	return enabled && color != COLOR_NONE ? "\033[0m" : "";
}
