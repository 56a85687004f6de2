// SPDX-License-Identifier: GPL-2.0
/*
 * How long a typed key takes to appear: build/bench/gain-keys SECONDS SEED COMMAND...
 *
 * COMMAND is an ssh whose far end says "ready" and a newline when it waits for a line, and whose
 * terminal echoes each key at once. It is given a terminal of its own, a key every 60 to 300 ms,
 * whether the one before is back or not, and a newline after 10 to 40 of them; the answer to that,
 * up to the next "ready", is not timed. Prints a line for each key: microseconds from write() to
 * the echo. A key whose echo has not come 10 s after the last one was typed counts as that late.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lab/netns.h"

/* that may be under way at once: more than fit into the waiting time */
#define KEYS		4096
#define PATIENCE_US	10000000

static const char prompt[] = "ready\r\n";

static struct {
	int fd;
	pid_t pid;
	bool typing;			/* else an answer is being shown */
	unsigned int matched;		/* characters of the prompt seen in a row */
	int64_t sent[KEYS];		/* when each key was typed; a ring */
	unsigned int typed, echoed;
	unsigned int left;		/* keys before the next newline */
} session;

static unsigned int between(unsigned int lo, unsigned int hi)
{
	return lo + (unsigned int)random() % (hi - lo + 1);
}

static void start(char **command)
{
	session.pid = forkpty(&session.fd, NULL, NULL, NULL);
	if (session.pid < 0) {
		perror("gain-keys: forkpty");
		exit(1);
	}
	if (!session.pid) {
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
}

/* One character from the far end. */
static void show(char c, int64_t now)
{
	if (session.typing && session.echoed != session.typed) {
		printf("%lld\n", (long long)(now - session.sent[session.echoed++ % KEYS]));
		return;
	}
	session.matched = c == prompt[session.matched] ? session.matched + 1 : c == prompt[0];
	if (session.matched < sizeof(prompt) - 1)
		return;
	session.matched = 0;
	session.typing = true;
	session.left = between(10, 40);
}

/* Until then. False if the session is over. */
static bool read_until(int64_t until)
{
	struct pollfd p = { .fd = session.fd, .events = POLLIN };
	char buf[4096];
	ssize_t i, n;

	for (;;) {
		int64_t now = netns_now_us(), left = until - now;
		struct timespec t = { .tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000 };

		if (left <= 0)
			return true;
		n = ppoll(&p, 1, &t, NULL);
		if (n < 0)
			return false;
		if (!n)
			return true;
		n = read(session.fd, buf, sizeof(buf));
		if (n <= 0)
			return false;
		now = netns_now_us();
		for (i = 0; i < n; i++)
			show(buf[i], now);
	}
}

static bool type(void)
{
	if (!session.typing)
		return true;
	/* The newline waits for the echoes before it, so that what comes after it is the answer. */
	if (!session.left && session.echoed != session.typed)
		return true;
	if (!session.left) {
		session.typing = false;
		return write(session.fd, "\n", 1) == 1;
	}
	session.left--;
	session.sent[session.typed++ % KEYS] = netns_now_us();
	return write(session.fd, "k", 1) == 1;
}

int main(int argc, char **argv)
{
	int64_t end;
	bool on = true;

	if (argc < 4) {
		fprintf(stderr, "usage: gain-keys SECONDS SEED COMMAND...\n");
		return 2;
	}
	end = netns_now_us() + atoll(argv[1]) * 1000000;
	srandom((unsigned int)atoi(argv[2]));
	start(argv + 3);
	while (on && netns_now_us() < end)
		on = type() && read_until(netns_now_us() + between(60, 300) * 1000);
	if (on)
		end = netns_now_us() + PATIENCE_US;
	while (on && session.echoed != session.typed && netns_now_us() < end)
		on = read_until(netns_now_us() + 50000);
	for (; session.echoed != session.typed; session.echoed++)
		printf("%lld\n", (long long)(netns_now_us() - session.sent[session.echoed % KEYS]));
	kill(session.pid, SIGHUP);
	waitpid(session.pid, NULL, 0);
	if (!session.typed)
		fprintf(stderr, "gain-keys: not one key could be typed\n");
	return !session.typed;
}
