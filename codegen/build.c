// SPDX-License-Identifier: GPL-2.0
/* lfgen build: import, quantise, prove, write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

enum { OPT_CALIB = 256, OPT_FEATURES, OPT_NAME, OPT_CLASSES, OPT_MARGIN, OPT_UNIT, OPT_GOLDEN, OPT_SCALE };

static const struct option options[] = {
	{ "calib", required_argument, NULL, OPT_CALIB },
	{ "features", required_argument, NULL, OPT_FEATURES },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "classes", required_argument, NULL, OPT_CLASSES },
	{ "margin", required_argument, NULL, OPT_MARGIN },
	{ "unit", required_argument, NULL, OPT_UNIT },
	{ "golden", required_argument, NULL, OPT_GOLDEN },
	{ "input-scale", required_argument, NULL, OPT_SCALE },
	{ "output", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"build MODEL.onnx|MODEL.tflite [OPTION]... -o MODEL.lfs\n"
	"\n"
	"Quantise a model, prove it, and write a snapshot that the kernel accepts.\n"
	"\n"
	"  --calib ROWS         .npy or .csv of inputs in the model's own units, one row a line; needed for nets\n"
	"                       with real weights, good for drift detection in every model\n"
	"  --features F1,F2,... which feature of the kernel each input is; without it inputs are x0, x1, ...\n"
	"  --name NAME          of the model (default: what the file says)\n"
	"  --classes C1,C2,...  names of the outputs; makes the model a classifier\n"
	"  --unit UNIT          of a value model's outputs\n"
	"  --margin M           widen calibrated ranges by this factor (default 1.25)\n"
	"  --input-scale S      per-feature (default) or common\n"
	"  --golden N           golden vectors, 16 .. 256 (default 32)\n"
	"  -o, --output FILE    the snapshot; replaced at once, or not at all\n"
	"  -q, --quiet          print nothing but errors\n"
	"\n"
	"examples:\n"
	"  lfgen build mice.onnx --calib rows.csv --features flow.bytes_log2,flow.packets,pkt.len \\\n"
	"        --classes mouse,elephant -o mice.lfs\n"
	"  lfgen build aurora.tflite --name aurora -o aurora.lfs\n";

struct build {
	const char *calib, *output, *model;
	struct plan_options opt;
	bool quiet;
};

static int parse_option(const struct cmd *cmd, struct build *b, int c)
{
	double v;

	switch (c) {
	case OPT_CALIB:
		b->calib = optarg;
		return 0;
	case OPT_FEATURES:
		util_free_list(b->opt.features);
		b->opt.features = util_split(optarg, &b->opt.n_features);
		return 0;
	case OPT_CLASSES:
		util_free_list(b->opt.classes);
		b->opt.classes = util_split(optarg, &b->opt.n_classes);
		return 0;
	case OPT_NAME:
		b->opt.name = optarg;
		return 0;
	case OPT_UNIT:
		b->opt.unit = optarg;
		return 0;
	case OPT_MARGIN:
		return cmd_number(cmd, "--margin", optarg, 1, 100, &b->opt.margin) ? 0 : CMD_USAGE;
	case OPT_GOLDEN:
		if (!cmd_number(cmd, "--golden", optarg, LQ_MIN_GOLDEN, LQ_MAX_GOLDEN, &v))
			return CMD_USAGE;
		b->opt.n_golden = v;
		return 0;
	case OPT_SCALE:
		b->opt.common_scale = !strcmp(optarg, "common");
		if (!b->opt.common_scale && strcmp(optarg, "per-feature"))
			return cmd_usage(cmd, "--input-scale is per-feature or common, not \"%.40s\"", optarg);
		return 0;
	case 'o':
		b->output = optarg;
		return 0;
	case 'q':
		b->quiet = true;
		return 0;
	}
	return CMD_USAGE;
}

static int parse(const struct cmd *cmd, int argc, char **argv, struct build *b)
{
	int c, ret;

	while ((c = cmd_option(cmd, argc, argv)) != -1) {
		if (c == 'h')
			return -1;
		ret = parse_option(cmd, b, c);
		if (ret)
			return ret;
	}
	if (!cmd_operands(cmd, argc, 1, "one model file"))
		return CMD_USAGE;
	b->model = argv[optind];
	return b->output ? 0 : cmd_usage(cmd, "build needs -o FILE");
}

static void warn(const struct build *b, const struct graph *g, const struct rows *calib, const struct plan *plan)
{
	u32 i, ties = 0;

	if (b->quiet)
		return;
	if (calib && calib->n < PLAN_FEW_ROWS && g->kind == GRAPH_NET && !g->exact)
		cmd_warn("%zu calibration rows are few: %d or more give ranges that traffic stays in", calib->n,
			 PLAN_FEW_ROWS);
	for (i = 0; i < plan->n_inputs; i++)
		ties += plan->inputs[i].ties;
	if (ties)
		cmd_warn("%u steps of the input quantisers are one feature unit off: the model's ties round both ways",
			 ties);
}

/* What exporters call a model that nobody named. */
static bool says_nothing(const char *name)
{
	static const char *const generic[] = {
		"torch_jit", "torch-jit-export", "main_graph", "graph", "main", "model"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(generic); i++)
		if (!strcmp(name, generic[i]))
			return true;
	return !*name || strchr(name, '/');
}

/* The name of the file, without its suffix, where the graph has none of its own. */
static void settle_name(struct build *b, const struct graph *g, char stem[LQ_NAME_LEN])
{
	const char *base = util_basename(b->model);
	char *dot;

	if (b->opt.name || (g->name && !says_nothing(g->name) && strcmp(g->name, base)))
		return;
	util_name(stem, LQ_NAME_LEN, base, "model");
	dot = strrchr(stem, '.');
	if (dot && dot > stem)
		*dot = 0;
	b->opt.name = stem;
}

static int build(const struct build *b, const struct graph *g, const struct rows *calib, struct graph_err *err)
{
	struct plan plan;
	size_t len;
	void *file;
	int ret;

	if (plan_make(g, calib, &b->opt, &plan, err))
		return -1;
	ret = plan_emit(&plan, &file, &len, err);
	if (!ret) {
		warn(b, g, calib, &plan);
		ret = util_write(b->output, file, len, err);
		if (!ret && !b->quiet)
			plan_report(&plan, file, len);
		free(file);
	}
	plan_free(&plan);
	return ret;
}

static int build_run(const struct cmd *cmd, int argc, char **argv)
{
	struct build b = { .opt.margin = PLAN_MARGIN };
	struct rows calib = { };
	struct graph_err err;
	struct graph *g = NULL;
	char stem[LQ_NAME_LEN];
	int ret = parse(cmd, argc, argv, &b);

	if (!ret) {
		g = cmd_import(b.model, &err);
		if (g)
			settle_name(&b, g, stem);
		if (!g || (b.calib && rows_read(b.calib, &calib, &err)) || build(&b, g, b.calib ? &calib : NULL, &err))
			ret = cmd_fail(&err);
	}
	rows_free(&calib);
	if (g)
		graph_free(g);
	util_free_list(b.opt.features);
	util_free_list(b.opt.classes);
	return ret < 0 ? 0 : ret;
}

const struct cmd cmd_build = {
	.name = "build",
	.what = "quantise a model into a snapshot",
	.help = help,
	.options = options,
	.run = build_run,
};
