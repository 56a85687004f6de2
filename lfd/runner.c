// SPDX-License-Identifier: GPL-2.0
/*
 * Between fork() and execve(): SCHED_IDLE, so that the trainer runs only when nothing else would;
 * the CPUs named by the user; limits on processor time and address space; no capabilities, and no
 * way to gain any.
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GRACE 30 /* s of processor time for judging, after the training's own limit */

static bool cpus(const char *list, cpu_set_t *set)
{
	unsigned long a, b;
	char *end;

	CPU_ZERO(set);
	while (*list) {
		a = b = strtoul(list, &end, 10);
		if (*end == '-')
			b = strtoul(end + 1, &end, 10);
		if (end == list || b < a || b >= CPU_SETSIZE || (*end && *end != ','))
			return false;
		for (; a <= b; a++)
			CPU_SET(a, set);
		list = *end ? end + 1 : end;
	}
	return true;
}

bool runner_cpus_ok(const char *list)
{
	cpu_set_t set, have;

	if (!cpus(list, &set) || sched_getaffinity(0, sizeof(have), &have))
		return false;
	CPU_AND(&set, &set, &have);
	return CPU_COUNT(&set) > 0;
}

static void limit(int what, uint64_t v)
{
	struct rlimit r = { v, v };

	setrlimit(what, &r);
}

static void drop_rights(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof(none));
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/*
	 * Otherwise the next program run as root would regain them; without the right to set this,
	 * the bounding set does it.
	 */
	prctl(PR_SET_SECUREBITS, 1 << 0 | 1 << 1, 0, 0, 0);	/* SECBIT_NOROOT, locked */
	syscall(SYS_capset, &head, none);
}

static void bound(const struct settings *s)
{
	struct sched_param none = { 0 };
	cpu_set_t set;

	sched_setscheduler(0, SCHED_IDLE, &none);
	if (*s->cpus && cpus(s->cpus, &set))
		sched_setaffinity(0, sizeof(set), &set);
	limit(RLIMIT_CPU, s->time / 1000000000 + GRACE);
	limit(RLIMIT_AS, s->memory);
	limit(RLIMIT_CORE, 0);
}

/* Beside this program, or in PATH. */
static void program(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - sizeof("-train"));

	if (n > 0) {
		memcpy(path + n, "-train", sizeof("-train"));
		if (!access(path, X_OK))
			return;
	}
	snprintf(path, size, "lfd-train");
}

static void set_number(const char *key, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	setenv(key, text, 1);
}

static void environment(const struct runner *r)
{
	set_number("LFD_BUDGET_NS", r->budget_ns);
	set_number("LFD_SINCE", r->since);
	setenv("LFD_NAME", r->name, 1);
	setenv("OMP_NUM_THREADS", "1", 1);
	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	unsetenv("NOTIFY_SOCKET");
}

pid_t runner_start(const struct settings *s, const struct runner *r)
{
	char path[PATH_MAX];
	char *argv[] = { path, (char *)s->path, (char *)r->dir, (char *)r->offered, NULL };
	sigset_t none;
	pid_t pid;

	program(path, sizeof(path));
	pid = fork();
	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	environment(r);
	bound(s);
	drop_rights();
	execvp(path, argv);
	fprintf(stderr, "lfd: %s: %m\n", path);
	_exit(127);
}
