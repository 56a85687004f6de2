/* SPDX-License-Identifier: GPL-2.0 */
/* For programs that talk between network namespaces of the laboratory, by one clock. */
#ifndef LAB_NETNS_H
#define LAB_NETNS_H

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static inline int64_t netns_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Enters the namespace that `ip netns` calls @name: a descriptor of it, or -1 with errno. */
static inline int netns_enter(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && setns(fd, CLONE_NEWNET)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

#endif /* LAB_NETNS_H */
