// SPDX-License-Identifier: GPL-2.0
/* What a teardown removes, as text or for -j. */
#include "teardown.h"

#include <stdarg.h>
#include <stdio.h>

#include "out.h"

void teardown_say(struct teardown *t, const char *fmt, ...)
{
	struct json_object *o;
	char what[4096];
	va_list ap;

	t->removed++;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!t->said) {
		printf("%s%s%s %s\n", t->where, *t->where ? ": " : "",
		       t->dry ? "would remove" : "removed", what);
		return;
	}
	o = json_object_new_object();
	if (*t->where)
		out_add_str(o, "netns", t->where);
	out_add_str(o, "what", what);
	out_add_bool(o, "removed", !t->dry);
	json_object_array_add(t->said, o);
}
