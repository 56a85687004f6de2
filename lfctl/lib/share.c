// SPDX-License-Identifier: GPL-2.0
#include "share.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <lq/name.h>


void share_dir(char *dir, size_t n)
{
	char exe[PATH_MAX - sizeof("/share/liteflow")];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *end;

	snprintf(dir, n, "/usr/share/liteflow");
	if (len <= 0)
		return;
	exe[len] = 0;
	end = strstr(exe, "/bin/lf");		/* lfctl or lfd */
	if (end && !strchr(end + 1 + strlen("bin/"), '/')) {
		*end = 0;
		snprintf(dir, n, "%s/share/liteflow", exe);
	}
}

bool share_find(const char *name, char *path, size_t n)
{
	char dir[PATH_MAX];

	if (!lq_name_ok(name))
		return false;
	snprintf(path, n, CONF_DIR "/%s.lfs", name);
	if (!access(path, R_OK))
		return true;
	share_dir(dir, sizeof(dir));
	return snprintf(path, n, "%s/%s.lfs", dir, name) < (int)n && !access(path, R_OK);
}
