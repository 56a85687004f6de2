// SPDX-License-Identifier: GPL-2.0
/*
 * rtnl SECONDS WHAT: how long a request that needs RTNL waits (the MTU of lo, every 5 ms), in
 * milliseconds:
 *
 *	WHAT,samples,mean,p99,max
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES	100000

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* ms, or -1 */
static double wait_once(int sock, int mtu)
{
	struct ifreq r = { .ifr_mtu = mtu };
	double from = now_ms();

	strcpy(r.ifr_name, "lo");
	return ioctl(sock, SIOCSIFMTU, &r) ? -1 : now_ms() - from;
}

int main(int argc, char **argv)
{
	static double ms[SAMPLES];
	int sock = socket(AF_INET, SOCK_DGRAM, 0), n, i;
	double end, sum = 0;

	if (argc != 3 || sock < 0)
		return 2;
	end = now_ms() + atof(argv[1]) * 1e3;
	for (n = 0; n < SAMPLES && now_ms() < end; n++) {
		ms[n] = wait_once(sock, 60000 + n % 2);
		if (ms[n] < 0) {
			perror("rtnl: the MTU of lo");
			return 1;
		}
		usleep(5000);
	}
	for (i = 0; i < n; i++)
		sum += ms[i];
	qsort(ms, n, sizeof(*ms), compare);
	printf("%s,%d,%.2f,%.2f,%.2f\n", argv[2], n, sum / n, ms[n * 99 / 100], ms[n - 1]);
	return 0;
}
