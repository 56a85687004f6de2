// SPDX-License-Identifier: GPL-2.0
/* lfctl doctor: rights, the module, its version, and the other kernels of this machine. */
#include "doctor.h"

#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/capability.h>
#include <lq/version.h>

#include "spawn.h"

#define MODULES		"/lib/modules"
#define LOADED		"/sys/module/liteflow"
#define SIGNED		"/sys/module/module/parameters/sig_enforce"

/* The first line of a file; "" if there is none. */
static const char *line_of(const char *path, char *text, size_t n)
{
	FILE *f = fopen(path, "r");

	*text = 0;
	if (f && fgets(text, n, f))
		text[strcspn(text, "\n")] = 0;
	if (f)
		fclose(f);
	return text;
}

void doctor_rights(struct doctor *d)
{
	unsigned long long caps = 0;
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	if (caps & 1ull << CAP_NET_ADMIN) {
		doctor_say(d, DOCTOR_OK, "rights", "CAP_NET_ADMIN");
		return;
	}
	doctor_fix(d, "sudo lfctl doctor");
	doctor_say(d, DOCTOR_FAULT, "rights",
		   "without CAP_NET_ADMIN the configuration cannot be read");
}

/* A field of the file that modprobe would load into that kernel; false if there is none. */
static bool on_disk(const char *kernel, const char *field, char *text, size_t n)
{
	char *argv[] = { "modinfo", "-k", (char *)kernel, "-F", (char *)field, "liteflow", NULL };
	char *out = NULL;
	bool found;

	found = !spawn_read_all(argv, &out) && out && *out;
	snprintf(text, n, "%.*s", found ? (int)strcspn(out, "\n") : 0, found ? out : "");
	free(out);
	return found;
}

static bool has_dkms_source(void)
{
	glob_t g = { 0 };
	bool found = !glob("/usr/src/liteflow-*", 0, NULL, &g);

	globfree(&g);
	return found;
}

/* There is no module for this kernel: how to get one. */
static void mend_missing(struct doctor *d, const char *kernel)
{
	char build[PATH_MAX];
	bool headers;

	snprintf(build, sizeof(build), MODULES "/%s/build/Makefile", kernel);
	headers = !access(build, F_OK);
	doctor_fix(d, "%s%s%s%s", headers ? "" : "apt-get install linux-headers-",
		    headers ? "" : kernel, headers ? "" : " && ",
		    has_dkms_source() ? "dkms autoinstall" : "make && make install && depmod -a");
}

static void not_loaded(struct doctor *d, const char *kernel)
{
	char text[64];

	if (on_disk(kernel, "version", text, sizeof(text))) {
		if (*line_of(SIGNED, text, sizeof(text)) == 'Y')
			doctor_say(d, DOCTOR_WARNING, "module",
				   "this kernel loads only signed modules (docs/install.md)");
		if (*doctor_sysctl_word("kernel/modules_disabled", text, sizeof(text)) == '1')
			doctor_fix(d, "reboot (kernel.modules_disabled is 1 until then)");
		else
			doctor_fix(d, "modprobe liteflow");
		doctor_say(d, DOCTOR_FAULT, "module", "liteflow is not loaded");
		return;
	}
	mend_missing(d, kernel);
	doctor_say(d, DOCTOR_FAULT, "module",
		   "there is no liteflow for the running kernel %s", kernel);
}

#define RELOAD	"lfctl save >liteflow.conf && lfctl teardown all && rmmod liteflow && " \
		"modprobe liteflow && lfctl apply liteflow.conf"

/* After an upgrade the old module is still running. */
static bool check_version(struct doctor *d, const char *kernel)
{
	char version[64], loaded[64], file[64];

	line_of(LOADED "/version", version, sizeof(version));
	if (strcmp(version, LQ_VERSION)) {
		doctor_fix(d, RELOAD);
		doctor_say(d, DOCTOR_FAULT, "module", "liteflow %s is loaded, this lfctl is %s",
			   *version ? version : "without version", LQ_VERSION);
		return true;
	}
	line_of(LOADED "/srcversion", loaded, sizeof(loaded));
	if (*loaded && on_disk(kernel, "srcversion", file, sizeof(file)) && strcmp(loaded, file)) {
		doctor_fix(d, RELOAD);
		doctor_say(d, DOCTOR_WARNING, "module",
			   "liteflow %s is loaded, but another build is installed", version);
		return true;
	}
	doctor_say(d, DOCTOR_OK, "module", "liteflow %s", version);
	return true;
}

bool doctor_module(struct doctor *d)
{
	struct utsname u;

	uname(&u);
	if (!access(LOADED, F_OK))
		return check_version(d, u.release);
	not_loaded(d, u.release);
	return false;
}

static void one_kernel(struct doctor *d, const char *kernel)
{
	char path[PATH_MAX], version[64];

	snprintf(path, sizeof(path), MODULES "/%s/modules.dep", kernel);
	if (access(path, F_OK) || on_disk(kernel, "version", version, sizeof(version)))
		return;
	mend_missing(d, kernel);
	doctor_say(d, DOCTOR_WARNING, "kernels", "kernel %s is installed without liteflow: "
		   "no verdicts after a boot into it",
		   kernel);
}

void doctor_kernels(struct doctor *d)
{
	DIR *dir = opendir(MODULES);
	struct dirent *e;
	struct utsname u;

	uname(&u);
	while (dir && (e = readdir(dir)))
		if (*e->d_name != '.' && strcmp(e->d_name, u.release))
			one_kernel(d, e->d_name);
	if (dir)
		closedir(dir);
}
