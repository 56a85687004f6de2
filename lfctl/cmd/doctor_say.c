// SPDX-License-Identifier: GPL-2.0
/* Findings of lfctl doctor. */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>

#include "out.h"

const char *const doctor_levels[] = { "ok", "warning", "fault" };

void doctor_fix(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->fix, sizeof(d->fix), fmt, ap);
	va_end(ap);
}

void doctor_say(struct doctor *d, enum doctor_level level, const char *check, const char *fmt, ...)
{
	struct json_object *o = json_object_new_object();
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->faults += level == DOCTOR_FAULT;
	d->warnings += level == DOCTOR_WARNING;
	out_add_str(o, "check", check);
	out_add_str(o, "status", doctor_levels[level]);
	out_add_str(o, "text", text);
	if (*d->fix)
		out_add_str(o, "fix", d->fix);
	*d->fix = 0;
	json_object_array_add(d->found, o);
}
