// SPDX-License-Identifier: GPL-2.0
/* Shared by the subcommands: options, messages, reading operands. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_advice.h"
#include "cmd.h"
#include "front.h"

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

bool cmd_number(const struct cmd *cmd, const char *option, const char *text, double lo, double hi,
		double *v)
{
	char *stop;

	*v = strtod(text, &stop);
	if (stop != text && !*stop && *v >= lo && *v <= hi)
		return true;
	cmd_usage(cmd, "%s %.40s is not a number of %g .. %g", option, text, lo, hi);
	return false;
}

/* Appends the advice of check to build's message on an unsupported operator. */
static void advise(struct graph_err *err)
{
	char *end = strstr(err->msg, "): operator not supported"), *op = end;
	char name[64];
	size_t n = strlen(err->msg);

	while (op && op > err->msg && *op != '(')
		op--;
	if (!op || *op != '(' || strcmp(end, "): operator not supported"))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(end - op - 1), op + 1);
	snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", check_advice(name));
}

struct graph *cmd_import(const char *path, const struct graph_want *want, struct graph_err *err)
{
	struct graph *g;
	size_t len;
	void *data;

	if (util_read(path, MAX_MODEL, &data, &len, err))
		return NULL;
	if (len >= 8 && !memcmp((char *)data + 4, "TFL3", 4))
		g = tflite_import(data, len, path, want, err);
	else if (len >= 8 && !memcmp(data, LQ_MAGIC, 8))
		g = util_fail(err, "%s: this is a snapshot, not a model to build one from", path) ?
			    NULL :
			    NULL;
	else
		g = onnx_import(data, len, path, want, err);
	if (!g)
		advise(err);
	free(data);
	return g;
}

int cmd_list(const char *path, graph_node_fn *fn, void *arg, char summary[96],
	     struct graph_err *err)
{
	size_t len;
	void *data;
	int ret;

	if (util_read(path, MAX_MODEL, &data, &len, err))
		return -1;
	if (len >= 8 && !memcmp((char *)data + 4, "TFL3", 4))
		ret = tflite_list(data, len, path, fn, arg, summary, err);
	else if (len >= 8 && !memcmp(data, LQ_MAGIC, 8))
		ret = util_fail(err, "%s: this is a snapshot, not a model", path);
	else
		ret = onnx_list(data, len, path, fn, arg, summary, err);
	free(data);
	return ret;
}

void cmd_warn_whole(const char *path, const struct rows *rows, char (*names)[LQ_NAME_LEN])
{
	int i = rows->raw ? -1 : front_whole(rows, names);

	if (i >= 0)
		cmd_warn("%s: column %d (%s) has whole numbers only, though its feature has finer "
			 "steps: say --raw-features if they are raw",
			 path, i + 1, names[i]);
}

/* Checks rows: raw features must be integers, values must be possible for their features. */
static int check_values(const char *path, struct rows *rows, char (*names)[LQ_NAME_LEN],
			struct graph_err *err)
{
	size_t i;

	if (!rows->raw && front_refuse_whole(rows, path, names, err))
		return -1;
	cmd_warn_whole(path, rows, names);
	if (!rows->raw)
		return front_check(rows, path, names, false, NULL, NULL, err);
	for (i = 0; i < rows->n * rows->cols; i++)
		if (!(rows->v[i] >= INT32_MIN && rows->v[i] <= INT32_MAX) ||
		    rows->v[i] != (s32)rows->v[i])
			return util_fail(err, "row %zu, column %zu: %g is not a feature, which is "
					 "an integer of 32 bits",
					 i / rows->cols + 1, i % rows->cols + 1, rows->v[i]);
	return 0;
}

int cmd_rows(const char *path, const struct lfs *m, bool raw, struct rows *rows,
	     struct graph_err *err)
{
	struct rows_want want = { .what = path,
				  .n = m->info.n_inputs,
				  .n_outputs = m->info.n_outputs,
				  .of = "snapshot" };
	struct plan_input in;
	int ret;
	u32 i;

	if (rows_read(path, rows, err))
		return -1;
	want.names = util_alloc(want.n, sizeof(*want.names));
	for (i = 0; i < want.n; i++) {
		in = lfs_input(m, i);
		memcpy(want.names[i], in.name, LQ_NAME_LEN);
	}
	ret = rows_pick(rows, &want, err);
	rows->raw |= raw;
	if (!ret)
		ret = check_values(path, rows, want.names, err);
	free(want.names);
	if (ret)
		rows_free(rows);
	return ret;
}
