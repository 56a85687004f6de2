// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lfctl.h"

bool netns_name_ok(const char *name)
{
	return *name && strlen(name) <= NAME_MAX && !strchr(name, '/') && strcmp(name, ".") &&
	       strcmp(name, "..");
}

int netns_enter(const char *name)
{
	char path[sizeof(NETNS_DIR) + 1 + NAME_MAX];
	int fd, err;

	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ?
			       lfctl_fail("there is no network namespace '%s' in " NETNS_DIR,
					  name) :
			       lfctl_fail("network namespace %s: %m", name);
	err = setns(fd, CLONE_NEWNET) ? errno : 0;
	close(fd);
	if (err == EPERM)
		return lfctl_fail("network namespace %s: %s: entering it needs CAP_SYS_ADMIN here "
				  "and over it",
				  name, strerror(err));
	return err ? lfctl_fail("network namespace %s: %s", name, strerror(err)) : 0;
}
