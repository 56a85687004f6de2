// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "replace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lfctl.h"

/* ".NAME.XXXXXX" in the same directory: no *.prom, which the collector would read. */
static bool temp_name(struct replace *r)
{
	const char *slash = strrchr(r->path, '/');
	int dir = slash ? slash - r->path + 1 : 0;

	return snprintf(r->temp, sizeof(r->temp), "%.*s.%s.XXXXXX", dir, r->path, r->path + dir) <
	       (int)sizeof(r->temp);
}

int replace_open(struct replace *r, const char *path)
{
	int fd;

	r->path = path;
	*r->temp = 0;
	r->f = stdout;
	if (!strcmp(path, "-"))
		return 0;
	if (!temp_name(r))
		return lfctl_fail("%s: the name is too long", path);
	fd = mkostemp(r->temp, O_CLOEXEC);
	if (fd < 0)
		return lfctl_fail("%s: %m", path);
	r->f = fdopen(fd, "w");
	if (r->f)
		return 0;
	close(fd);
	unlink(r->temp);
	return lfctl_fail("out of memory");
}

int replace_commit(struct replace *r)
{
	int status = 0;

	if (!*r->temp)
		return 0;	/* main() checks standard output */
	/* Readable by everybody, as the collector runs as another user. */
	if (fflush(r->f) || ferror(r->f) || fchmod(fileno(r->f), 0644))
		status = lfctl_fail("%s: %m", r->path);
	if (fclose(r->f) && !status)
		status = lfctl_fail("%s: %m", r->path);
	if (!status && rename(r->temp, r->path))
		status = lfctl_fail("%s: %m", r->path);
	if (status)
		unlink(r->temp);
	return status;
}
