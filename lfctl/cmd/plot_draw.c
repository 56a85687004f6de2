// SPDX-License-Identifier: GPL-2.0
/*
 * A script for gnuplot, which gets it on its standard input, and writes the picture to its standard
 * output: no name of a file is part of it. Titles come from a recording and are reduced to
 * characters that mean nothing to gnuplot.
 */
#define _GNU_SOURCE
#include "plot.h"

#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lfctl.h"
#include "replace.h"

#define HEIGHT	320	/* of a panel */

static const struct {
	const char *title, *label;
} panels[] = {
	[PLOT_CLASSES] = { "inferences by class", "per second" },
	[PLOT_DELAY] = { "delay by band, running mean", "ms" },
	[PLOT_DRIFT] = { "inferences with an input outside its calibrated range", "per cent" },
};

bool plot_can_draw(void)
{
	const char *path = getenv("PATH"), *end;
	char program[4096];

	for (; path && *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, ':');
		snprintf(program, sizeof(program), "%.*s/gnuplot", (int)(end - path), path);
		if (!access(program, X_OK))
			return true;
	}
	lfctl_fail("plot: gnuplot is not installed (apt-get install gnuplot-nox)");
	return false;
}

/* --- the script --- */

static void write_title(FILE *f, const char *title)
{
	fputc('\'', f);
	for (; *title; title++)
		fputc(isalnum((unsigned char)*title) || strchr(" ._:/@-", *title) ? *title : '?',
		      f);
	fputc('\'', f);
}

static size_t count(const struct plot *p, enum plot_panel panel)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += p->curves[i].panel == panel;
	return n;
}

static void write_panel(FILE *f, const struct plot *p, enum plot_panel panel)
{
	const char *sep = "plot";
	size_t i;

	if (!count(p, panel))
		return;
	fprintf(f, "set title '%s'\nset ylabel '%s'\n", panels[panel].title, panels[panel].label);
	for (i = 0; i < p->n; i++) {
		if (p->curves[i].panel != panel)
			continue;
		fprintf(f, "%s $c%zu using ($1 + offset):2 with linespoints pt 7 ps 0.3 lw 1.5 "
			"title ",
			sep, i);
		write_title(f, p->curves[i].title);
		fputs(" noenhanced", f);
		sep = ",";
	}
	fputc('\n', f);
}

/* gnuplot knows UTC only. */
static long offset_of(uint64_t ns)
{
	time_t s = ns / 1000000000;
	struct tm tm = { 0 };

	localtime_r(&s, &tm);
	return tm.tm_gmtoff;
}

static const char *time_format(uint64_t ns)
{
	if (ns > 86400000000000ull)
		return "%m-%d %H:%M";
	return ns > 600000000000ull ? "%H:%M" : "%H:%M:%S";
}

static void write_script(FILE *f, const struct plot *p, enum plot_format format)
{
	size_t n = 0, i;
	int panel;

	for (i = 0; i < p->n; i++)
		fprintf(f, "$c%zu << EOD\n%sEOD\n", i, p->curves[i].points);
	for (panel = 0; panel < PLOT_PANELS; panel++)
		n += count(p, panel) > 0;
	fprintf(f, "set terminal %s size 1100,%zu font 'sans,11' background 'white'\n",
		format == PLOT_PNG ? "pngcairo" : "svg", n * HEIGHT);
	fprintf(f, "offset = %ld\n", offset_of(p->first));
	fputs("set xdata time\nset timefmt '%s'\nset key outside right top\n"
	      "set grid lc rgb '#dddddd'\nset yrange [0:*]\nset lmargin 10\nset rmargin 28\n",
	      f);
	fprintf(f, "set format x '%s'\n", time_format(p->last - p->first));
	fprintf(f, "set multiplot layout %zu,1\n", n);
	for (panel = 0; panel < PLOT_PANELS; panel++)
		write_panel(f, p, panel);
	fputs("unset multiplot\n", f);
}

/* --- gnuplot --- */

/* Returns its exit status, -1 if it could not be run. */
static int run_gnuplot(FILE *script, FILE *picture, FILE *said)
{
	char *argv[] = { "gnuplot", "-", NULL };
	posix_spawn_file_actions_t actions;
	int status, err;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(picture), STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(said), STDERR_FILENO);
	err = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The last line of its output, without the newline. */
static int fail(FILE *said)
{
	char line[256], last[256] = "it could not be run";

	rewind(said);
	while (fgets(line, sizeof(line), said))
		if (strspn(line, " \t\n^") != strlen(line))
			snprintf(last, sizeof(last), "%s", line);
	last[strcspn(last, "\n")] = 0;
	return lfctl_fail("plot: gnuplot: %s", last);
}

static int draw(const struct plot *p, struct replace *r, enum plot_format format)
{
	FILE *script = tmpfile(), *said = tmpfile();
	int status = 0;

	if (!script || !said) {
		status = lfctl_fail("plot: %m");
	} else {
		write_script(script, p, format);
		fflush(script);
		lseek(fileno(script), 0, SEEK_SET);
		if (run_gnuplot(script, r->f, said))
			status = fail(said);
	}
	if (script)
		fclose(script);
	if (said)
		fclose(said);
	return status;
}

int plot_draw(const struct plot *p, const char *path, enum plot_format format)
{
	struct replace r;
	int status = replace_open(&r, path);

	if (status)
		return status;
	status = draw(p, &r, format);
	if (!status)
		return replace_commit(&r);
	fclose(r.f);
	unlink(r.temp);
	return status;
}
