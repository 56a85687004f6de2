/* SPDX-License-Identifier: GPL-2.0 */
/* Subcommands of lfgen, one file each; main.c has the table. */
#ifndef CMD_H
#define CMD_H

#include <getopt.h>
#include "lfs.h"

#define CMD_FAILED	1	/* the command failed, or a limit was exceeded */
#define CMD_USAGE	2	/* the command line is invalid */

struct cmd {
	const char *name;
	const char *what;	/* one line */
	const char *help;	/* synopsis, options, examples */
	const struct option *options;
	int (*run)(const struct cmd *cmd, int argc, char **argv);
};

extern const struct cmd cmd_build, cmd_inspect, cmd_run, cmd_compare, cmd_module, cmd_check,
	cmd_classify, cmd_rows_of;

/*
 * getopt_long() with lfgen's own messages. Returns the option's val, -1 at the end, 'h' after
 * --help was printed, '?' after an error was reported. Long options only, except -o, -q and -h.
 */
int cmd_option(const struct cmd *cmd, int argc, char **argv);

/* Print "lfgen: ..." and return CMD_FAILED or CMD_USAGE. */
int cmd_fail(const struct graph_err *err);
int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));
void cmd_warn(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));

/* Warns of rows that look like raw features but are not taken as such. */
void cmd_warn_whole(const char *path, const struct rows *rows, char (*names)[LQ_NAME_LEN]);

/* Exactly n operands after the options, or a message naming them. */
bool cmd_operands(const struct cmd *cmd, int argc, int n, const char *names);

/* Numbers of options; false after a message. */
bool cmd_number(const struct cmd *cmd, const char *option, const char *text, double lo, double hi,
		double *v);

/* Imports an ONNX or TFLite file, recognised by content. */
struct graph *cmd_import(const char *path, const struct graph_want *want, struct graph_err *err);
/* Its nodes, as by onnx_list() and tflite_list(). */
int cmd_list(const char *path, graph_node_fn *fn, void *arg, char summary[96],
	     struct graph_err *err);

/*
 * Rows whose columns are the snapshot's inputs: values of features, or raw ones if requested or in
 * a recording (rows->raw).
 */
int cmd_rows(const char *path, const struct lfs *m, bool raw, struct rows *rows,
	     struct graph_err *err);

#endif /* CMD_H */
