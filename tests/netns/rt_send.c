// SPDX-License-Identifier: GPL-2.0
/*
 * Sends UDP packets from CPU 0 for some time, one after the other, and says how many were sent and
 * how many a hook dropped (EPERM).
 *
 *	rt-send ADDRESS PORT SECONDS [PAUSE_US PRIORITY]
 *
 * With a priority it is SCHED_FIFO and pauses after each packet, so that it preempts whoever sends
 * on this CPU without.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int pin(const char *priority)
{
	struct sched_param param = { .sched_priority = priority ? atoi(priority) : 0 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return -1;
	return priority ? sched_setscheduler(0, SCHED_FIFO, &param) : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned long sent = 0, dropped = 0;
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct timespec pause;
	double end;

	if (argc < 4 || argc == 5 || pin(argc > 5 ? argv[5] : NULL))
		return 2;
	inet_pton(AF_INET, argv[1], &to.sin_addr);
	to.sin_port = htons(atoi(argv[2]));
	if (connect(s, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	pause = (struct timespec){ .tv_nsec = argc > 4 ? atol(argv[4]) * 1000 : 0 };
	for (end = now() + atof(argv[3]); now() < end;) {
		if (send(s, "x", 1, MSG_DONTWAIT) == 1)
			sent++;
		else if (errno == EPERM)
			dropped++;
		if (pause.tv_nsec)
			nanosleep(&pause, NULL);
	}
	printf("%lu %lu\n", sent, dropped);
	return 0;
}
