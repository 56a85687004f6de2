/* SPDX-License-Identifier: GPL-2.0 */
/* lfd-train as a child process: with limits, idle priority, and no privileges. */
#ifndef LFD_RUNNER_H
#define LFD_RUNNER_H

#include <sys/types.h>

#include "settings.h"

struct runner {
	const char *dir;
	const char *offered;		/* a snapshot to judge instead of training, or NULL */
	const char *name;		/* of the new one */
	uint32_t budget_ns;
	uint64_t since;			/* dataset.h */
};

/* Its pid, or -1 with errno. */
pid_t runner_start(const struct settings *s, const struct runner *r);

/* Is this a list of CPUs of this machine? */
bool runner_cpus_ok(const char *list);

#endif /* LFD_RUNNER_H */
