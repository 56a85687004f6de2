// SPDX-License-Identifier: GPL-2.0
/*
 * train.csv has a header line: the features by name, then label (a class's name, or the value) and
 * weight. It does not have the rows held out for judging. The model reads the features in this
 * order and in their units, and has an output for each class, in the order of LFD_CLASSES in the
 * environment (comma-separated), or one value.
 */
#include "external.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codegen/cmd.h"

#define POLL_NS		20000000

static int write_rows(const struct dataset *d, const char *path, struct graph_err *err)
{
	FILE *f = fopen(path, "we");
	uint32_t k;
	size_t i;
	int bad;

	if (!f)
		return util_fail(err, "%s: %s", path, strerror(errno));
	for (k = 0; k < d->n_in; k++)
		fprintf(f, "%s,", d->names[k]);
	fputs("label,weight\n", f);
	for (i = 0; i < d->n; i++) {
		if (!(d->w[i] > 0))
			continue;
		for (k = 0; k < d->n_in; k++)
			fprintf(f, "%.10g,", d->x[i * d->n_in + k]);
		if (d->n_classes)
			fprintf(f, "%s,%.6g\n", d->classes[(uint32_t)d->y[i]], d->w[i]);
		else
			fprintf(f, "%.6g,%.6g\n", d->y[i], d->w[i]);
	}
	bad = ferror(f);
	return fclose(f) || bad ? util_fail(err, "%s: %s", path, strerror(errno)) : 0;
}

static void set_classes(const struct dataset *d)
{
	char list[LQ_MAX_OUTPUTS * LQ_NAME_LEN] = "";
	uint32_t k;

	for (k = 0; k < d->n_classes; k++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", k ? "," : "",
			 d->classes[k]);
	setenv("LFD_CLASSES", list, 1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Its exit status, or -1 on timeout. */
static int wait_for(pid_t pid, uint64_t time)
{
	struct timespec nap = { 0, POLL_NS };
	uint64_t end = now() + time;
	bool up = false;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now() >= end && !up) {
			kill(-pid, SIGKILL);
			up = true;
		}
		nanosleep(&nap, NULL);
	}
	kill(-pid, SIGKILL);		/* its remaining processes */
	return up ? -1 : status;
}

static int run(const char *trainer, const char *rows, const char *model, uint64_t time,
	       struct graph_err *err)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return util_fail(err, "%s: %s", trainer, strerror(errno));
	if (!pid) {
		setpgid(0, 0);
		execl(trainer, trainer, rows, model, NULL);
		_exit(127);
	}
	setpgid(pid, pid);
	status = wait_for(pid, time);
	if (status == -1)
		return util_fail(err, "%s took more than %llu s", trainer,
				 (unsigned long long)(time / 1000000000));
	if (WIFSIGNALED(status))
		return util_fail(err, "%s was ended by signal %d", trainer, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return util_fail(err, "%s failed with status %d", trainer, WEXITSTATUS(status));
	return 0;
}

struct graph *external_train(const struct dataset *d, const char *trainer, const char *dir,
			     uint64_t time, struct graph_err *err)
{
	char rows[PATH_MAX], model[PATH_MAX];

	snprintf(rows, sizeof(rows), "%s/train.csv", dir);
	snprintf(model, sizeof(model), "%s/model.onnx", dir);
	unlink(model);
	set_classes(d);
	if (write_rows(d, rows, err) || run(trainer, rows, model, time, err))
		return NULL;
	return cmd_import(model, NULL, err);
}
