/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The checks of `lfctl doctor`: each reports what it finds, with the command that fixes it, and
 * changes nothing.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "lfctl.h"

struct json_object;
struct nl;

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING,		/* works, but maybe not as expected, or not after a reboot */
	DOCTOR_FAULT,		/* packets get no verdict, or a command fails */
};

struct doctor {
	const struct lfctl *ctl;
	struct json_object *found;	/* [{ check, status, text, fix }] */
	struct json_object *reading;	/* reading.h, with maps; NULL without the module */
	bool log_all;			/* namespaces other than the initial one may log */
	unsigned int faults, warnings;
	char fix[512];			/* of the next finding; "" for none */
};

extern const char *const doctor_levels[];

/* Sets the command that fixes the next finding. */
void doctor_fix(struct doctor *d, const char *fmt, ...) __attribute__((__format__(printf, 2, 3)));
void doctor_say(struct doctor *d, enum doctor_level level, const char *check, const char *fmt, ...)
	__attribute__((__format__(printf, 4, 5)));

void doctor_rights(struct doctor *d);		/* doctor_kernel.c: the rest needs them */
bool doctor_module(struct doctor *d);		/* is it loaded, and ours? */
void doctor_kernels(struct doctor *d);		/* others that could be booted */
void doctor_plugins(struct doctor *d);		/* doctor_plugins.c: of tc and iptables */
void doctor_slots(struct doctor *d);		/* doctor_slots.c: and their attachments */
void doctor_conf(struct doctor *d);		/* doctor_net.c: liteflow.conf */
void doctor_net(struct doctor *d);		/* what makes packets bypass us */
void doctor_log(struct doctor *d);		/* may hooks with `log` do so? */

/* The first word of a file below /proc/sys/; "" if there is none. Returns word. */
const char *doctor_sysctl_word(const char *name, char *word, size_t n);

#endif /* DOCTOR_H */
