// SPDX-License-Identifier: GPL-2.0
/* The context of a TFLite import: messages that name the operator. */
#include <stdarg.h>
#include <stdio.h>

#include "tflite_import.h"
#include "util.h"

int tflite_fail(struct tflite_ctx *c, const char *fmt, ...)
{
	char why[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (c->fb.bad)
		return util_fail(c->err, "%.256s: damaged: an offset points outside the file",
				 c->what);
	c->err->node = c->op ? c->index + 1 : 0;
	if (!c->op)
		return util_fail(c->err, "%.256s: %s", c->what, why);
	return util_fail(c->err, "%.256s: operator %u (%s): %s", c->what, c->index, c->op_name,
			 why);
}

int tflite_step(struct tflite_ctx *c, int rc)
{
	struct graph_err why;

	if (rc) {
		why = *c->err;
		tflite_fail(c, "%s", why.msg);
	}
	return rc;
}
