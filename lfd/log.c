// SPDX-License-Identifier: GPL-2.0
/*
 * Lines begin with "<N>" if standard error is the journal, which takes it as the priority. This
 * file also has the lfctl_fail() and lfctl_usage() that code shared with lfctl uses in this
 * program.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef LFD_SYSTEMD
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#endif

#include "lfctl/lib/lfctl.h"

static char complaint[512];

static bool in_journal(void)
{
	static int known = -1;

	if (known < 0)
		known = getenv("JOURNAL_STREAM") != NULL;
	return known;
}

static void line(enum log_level level, const char *text)
{
	if (in_journal())
		fprintf(stderr, "<%d>%s\n", level, text);
	else
		fprintf(stderr, "lfd: %s\n", text);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line(level, text);
}

void log_decision(const char *slot, const char *what, const char *sentence, const char *json)
{
	char text[1024];

	snprintf(text, sizeof(text), "slot %s: %s: %s", slot, what, sentence);
#ifdef LFD_SYSTEMD
	if (in_journal() && !sd_journal_send("MESSAGE=%s", text, "PRIORITY=%d", LOG_SAY,
					     "LITEFLOW_SLOT=%s", slot, "LITEFLOW_DECISION=%s", what,
					     "LITEFLOW_NUMBERS=%s", json, NULL))
		return;
#endif
	(void)json;
	line(LOG_SAY, text);
}

void log_notify(const char *state)
{
#ifdef LFD_SYSTEMD
	sd_notify(0, state);
#else
	(void)state;
#endif
}

const char *log_complaint(void)
{
	return complaint;
}

/* --- messages of lfctl's code --- */

int lfctl_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	va_end(ap);
	return LFCTL_FAIL;
}

int lfctl_usage(const struct command *cmd, const char *fmt, ...)
{
	va_list ap;

	(void)cmd;
	va_start(ap, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	va_end(ap);
	return LFCTL_USAGE;
}
