// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t asked;
static sigset_t outside;	/* the mask while waiting */

static void ask(int sig)
{
	(void)sig;
	asked = 1;
}

void stop_catch(void)
{
	struct sigaction sa = { .sa_handler = ask };
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, &outside);
	sigdelset(&outside, SIGINT);
	sigdelset(&outside, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

bool stop_asked(void)
{
	return asked;
}

uint64_t stop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

int stop_wait(int fd, uint64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec ts;
	uint64_t now = stop_now(), left = until > now ? until - now : 0;
	int n;

	if (asked)
		return -1;
	ts.tv_sec = left / 1000000000;
	ts.tv_nsec = left % 1000000000;
	n = ppoll(&p, fd < 0 ? 0 : 1, until == STOP_NEVER ? NULL : &ts, &outside);
	if (n < 0)
		return -1;
	return n > 0;
}
