// SPDX-License-Identifier: GPL-2.0
/* The steps of a plan: text, the list, and the error that ends planning. */
#define _GNU_SOURCE
#include "conf_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lfctl.h"
#include "out.h"

char *plan_text(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		exit(lfctl_fail("out of memory"));
	va_end(ap);
	return text;
}

int plan_fail(struct plan *p, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (p->status)
		return p->status;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->status = lfctl_fail("%s:%d: %s", p->path, line, text);
	return p->status;
}

static void add(struct step **steps, size_t *n, char *run, char *undo)
{
	*steps = realloc(*steps, (*n + 1) * sizeof(**steps));
	if (!*steps)
		exit(lfctl_fail("out of memory"));
	(*steps)[(*n)++] = (struct step){ run, undo };
}

void plan_step(struct plan *p, char *run, char *undo)
{
	add(&p->steps, &p->n, run, undo);
}

void plan_step_last(struct plan *p, char *run, char *undo)
{
	add(&p->last, &p->n_last, run, undo);
}

void plan_free(struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->steps[i].run);
		free(p->steps[i].undo);
	}
	free(p->steps);
	json_object_put(p->changes);
	json_object_put(p->absent);
}
