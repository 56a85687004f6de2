// SPDX-License-Identifier: GPL-2.0
/* lfgen run: a snapshot on rows, on the host, by the kernel's engine. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

enum { OPT_CLASS = 256, OPT_PATH, OPT_RAW, OPT_RAW_OUT };

static const struct option options[] = {
	{ "class", no_argument, NULL, OPT_CLASS },
	{ "path", required_argument, NULL, OPT_PATH },
	{ "raw-features", no_argument, NULL, OPT_RAW },
	{ "raw-outputs", no_argument, NULL, OPT_RAW_OUT },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"run MODEL.lfs ROWS.csv|ROWS.npy [OPTION]...\n"
	"\n"
	"Run a snapshot over rows in the features' units; print one line a row, outputs\n"
	"in their units. Recordings of lfctl are recognised: columns by name, raw\n"
	"features.\n"
	"\n"
	"  --class          print the name of the greatest output only\n"
	"  --path PATH      plain, swar (default), avx2 or avx512: all give the\n"
	"                   same\n"
	"  --raw-features   the rows are integer features, though the file is no\n"
	"                   recording\n"
	"  --raw-outputs    print the integers of the outputs, as lfctl record writes\n"
	"                   them\n"
	"\n"
	"examples:\n"
	"  lfgen run mice.lfs rows.csv --class | sort | uniq -c\n"
	"  lfgen run aurora.lfs recorded.csv --path plain\n";

struct run {
	struct lfs m;
	struct rows rows;
	bool names, raw, raw_outputs;
	int path;
};

static s32 feature(const struct run *r, size_t row, u32 i)
{
	struct plan_input in = lfs_input(&r->m, i);
	double v = rows_at(&r->rows, row)[i];

	return r->rows.raw ? (s32)v : plan_feature(in.num, in.den, v);
}

static void print(const struct run *r, const s32 *y)
{
	struct plan_output out;
	u32 o;

	if (r->names) {
		out = lfs_output(&r->m, lfs_argmax(y, r->m.info.n_outputs));
		puts(out.name);
		return;
	}
	for (o = 0; o < r->m.info.n_outputs; o++) {
		out = lfs_output(&r->m, o);
		if (r->raw_outputs)
			printf(o ? ",%d" : "%d", y[o]);
		else
			printf(o ? ",%.9g" : "%.9g", plan_value(&out, y[o]));
	}
	putchar('\n');
}

static void run_rows(struct run *r)
{
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	size_t row;
	u32 i;

	for (row = 0; row < r->rows.n; row++) {
		for (i = 0; i < r->rows.cols; i++)
			x[i] = feature(r, row, i);
		lfs_infer(&r->m, r->path, x, y);
		print(r, y);
	}
}

static int parse(const struct cmd *cmd, int argc, char **argv, struct run *r)
{
	int c;

	while ((c = cmd_option(cmd, argc, argv)) != -1) {
		if (c == 'h')
			return -1;
		if (c == OPT_CLASS) {
			r->names = true;
		} else if (c == OPT_RAW) {
			r->raw = true;
		} else if (c == OPT_RAW_OUT) {
			r->raw_outputs = true;
		} else if (c == OPT_PATH) {
			r->path = lfs_path_by_name(optarg);
			if (r->path < 0)
				return cmd_usage(cmd,
						 "--path is plain, swar, avx2 or avx512, "
						 "not \"%.40s\"",
						 optarg);
		} else {
			return CMD_USAGE;
		}
	}
	return cmd_operands(cmd, argc, 2, "a snapshot and rows") ? 0 : CMD_USAGE;
}

static int run_run(const struct cmd *cmd, int argc, char **argv)
{
	struct run r = { .path = LQ_PATH_SWAR };
	struct graph_err err;
	int ret = parse(cmd, argc, argv, &r);

	if (ret)
		return ret < 0 ? 0 : ret;
	if (!lq_path_usable(r.path)) {
		util_fail(&err, "this CPU cannot run path %s", lfs_path_name(r.path));
		return cmd_fail(&err);
	}
	if (lfs_read(&r.m, argv[optind], &err))
		return cmd_fail(&err);
	if (cmd_rows(argv[optind + 1], &r.m, r.raw, &r.rows, &err)) {
		ret = cmd_fail(&err);
	} else if (r.names && r.m.info.meaning != LQ_MEANING_CLASS) {
		util_fail(&err, "--class: %s is a model of values, not of classes", argv[optind]);
		ret = cmd_fail(&err);
	} else {
		run_rows(&r);
	}
	rows_free(&r.rows);
	lfs_free(&r.m);
	return ret;
}

const struct cmd cmd_run = {
	.name = "run",
	.what = "run a snapshot over rows on this host",
	.help = help,
	.options = options,
	.run = run_run,
};
