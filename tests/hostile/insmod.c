// SPDX-License-Identifier: GPL-2.0
/*
 * hostile-insmod MODULE.ko N
 *
 * Loads a module whose N-th allocation fails, for load.sh. Prints one line: "loaded" or "refused"
 * with the errno, and how many allocations were left to go until the one that was to fail: 0, it
 * failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int die(const char *what)
{
	fprintf(stderr, "hostile-insmod: %s: %s\n", what, strerror(errno));
	return 2;
}

int main(int argc, char **argv)
{
	int fd = argc == 3 ? open(argv[1], O_RDONLY) : -1,
	    nth = open("/proc/thread-self/fail-nth", O_RDWR), err;
	char left[16] = "", *image;
	struct stat st;
	long rc;

	if (fd < 0 || nth < 0 || fstat(fd, &st))
		return die("usage: hostile-insmod MODULE.ko N");
	image = malloc(st.st_size);
	if (!image || read(fd, image, st.st_size) != st.st_size)
		return die(argv[1]);
	if (pwrite(nth, argv[2], strlen(argv[2]), 0) < 0)
		return die("fail-nth");
	rc = syscall(SYS_init_module, image, st.st_size, "");
	err = rc ? errno : 0;
	if (pread(nth, left, sizeof(left) - 1, 0) < 0 || pwrite(nth, "0", 1, 0) < 0)
		return die("fail-nth");
	printf("%s %d %d\n", rc ? "refused" : "loaded", err, atoi(left));
	return 0;
}
