// SPDX-License-Identifier: GPL-2.0
/* What the subcommands share: options, sentences, reading their operands. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lq/features.h>

#include "cmd.h"

#define MAX_MODEL	((size_t)16 << 20)	/* bytes of a model to import */

int cmd_option(const struct cmd *cmd, int argc, char **argv)
{
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, ":o:qh", cmd->options, NULL);
	if (c == 'h') {
		printf("usage: lfgen %s", cmd->help);
		return c;
	}
	if (c == ':')
		cmd_usage(cmd, "%s needs an argument", argv[optind - 1]);
	else if (c == '?')
		cmd_usage(cmd, "unknown option %s", argv[optind - 1]);
	return c == ':' ? '?' : c;
}

int cmd_fail(const struct graph_err *err)
{
	fprintf(stderr, "lfgen: %s\n", err->msg);
	return CMD_FAILED;
}

int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
	va_list ap;

	fputs("lfgen: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see lfgen %s --help\n", cmd->name);
	return CMD_USAGE;
}

void cmd_warn(const char *fmt, ...)
{
	va_list ap;

	fputs("lfgen: warning: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

bool cmd_operands(const struct cmd *cmd, int argc, int n, const char *names)
{
	if (argc - optind == n)
		return true;
	cmd_usage(cmd, "%s needs %s", cmd->name, names);
	return false;
}

bool cmd_number(const struct cmd *cmd, const char *option, const char *text, double lo, double hi, double *v)
{
	char *stop;

	*v = strtod(text, &stop);
	if (stop != text && !*stop && *v >= lo && *v <= hi)
		return true;
	cmd_usage(cmd, "%s %.40s is not a number of %g .. %g", option, text, lo, hi);
	return false;
}

struct graph *cmd_import(const char *path, struct graph_err *err)
{
	struct graph *g;
	size_t len;
	void *data;

	if (util_read(path, MAX_MODEL, &data, &len, err))
		return NULL;
	if (len >= 8 && !memcmp((char *)data + 4, "TFL3", 4))
		g = tflite_import(data, len, path, err);
	else if (len >= 8 && !memcmp(data, LQ_MAGIC, 8))
		g = util_fail(err, "%s: this is a snapshot, not a model to build one from", path) ? NULL : NULL;
	else
		g = onnx_import(data, len, path, err);
	free(data);
	return g;
}

int cmd_rows(const char *path, const struct lfs *m, struct rows *rows, struct graph_err *err)
{
	struct plan_input in;
	u32 i;

	if (rows_read(path, rows, err))
		return -1;
	if (rows->cols != m->info.n_inputs) {
		util_fail(err, "%s has %u columns, the snapshot has %u inputs", path, rows->cols, m->info.n_inputs);
		rows_free(rows);
		return -1;
	}
	for (i = 0; rows->names && i < rows->cols; i++) {
		in = lfs_input(m, i);
		if (lq_feature_by_name(rows->names[i]) < 0 || !strcmp(rows->names[i], in.name))
			continue;
		util_fail(err, "%s: column %u is \"%s\", input %u of the snapshot is \"%s\"", path, i + 1,
			  rows->names[i], i, in.name);
		rows_free(rows);
		return -1;
	}
	return 0;
}
