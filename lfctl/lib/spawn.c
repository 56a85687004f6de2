// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* out, err: its standard output and standard error, -1: the same as ours. */
static pid_t start(char *const *argv, int out, int err_out, bool quiet)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int err;

	fflush(stdout);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (err_out >= 0)
		posix_spawn_file_actions_adddup2(&actions, err_out, STDERR_FILENO);
	if (quiet) {
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	}
	err = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	errno = err;
	return err ? -1 : pid;
}

int spawn_run(char *const *argv, bool quiet)
{
	pid_t pid = start(argv, -1, -1, quiet);

	return pid < 0 ? -1 : wait_for(pid);
}

static char *slurp(int fd)
{
	char *text = NULL, part[4096];
	size_t size;
	FILE *mem = open_memstream(&text, &size);
	ssize_t n;

	while (mem && ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR)))
		fwrite(part, 1, n > 0 ? n : 0, mem);
	if (mem)
		fclose(mem);
	return text;
}

static int read_out(char *const *argv, bool errors, char **text)
{
	int fds[2];
	pid_t pid;

	*text = NULL;
	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid = start(argv, fds[1], errors ? fds[1] : -1, false);
	close(fds[1]);
	if (pid >= 0)
		*text = slurp(fds[0]);
	close(fds[0]);
	if (pid < 0)
		return -1;
	return *text ? wait_for(pid) : (wait_for(pid), -1);
}

int spawn_read(char *const *argv, char **text)
{
	return read_out(argv, false, text);
}

int spawn_read_all(char *const *argv, char **text)
{
	return read_out(argv, true, text);
}

bool spawn_module(const char *name)
{
	char path[64];
	char *const argv[] = { "modprobe", "-q", "--", (char *)name, NULL };

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK) || !spawn_run(argv, true);
}
