// SPDX-License-Identifier: GPL-2.0
/* lfgen build: import, quantise, prove, write. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "front.h"

#define ACCEPT		10	/* percent */
#define WARN_ERROR	1	/* percent */
#define MOST_OUTLIERS	5	/* maximum number listed */

enum {
	OPT_CALIB = 256,
	OPT_FEATURES,
	OPT_NAME,
	OPT_CLASSES,
	OPT_VALUE,
	OPT_MARGIN,
	OPT_UNIT,
	OPT_GOLDEN,
	OPT_SCALE,
	OPT_CALIBRATION,
	OPT_ACCEPT,
	OPT_STANDARDISE,
	OPT_RAW,
	OPT_ROUND,
	OPT_OUTPUT,
	OPT_PROBABILITIES,
};

static const struct option options[] = {
	{ "calib", required_argument, NULL, OPT_CALIB },
	{ "features", required_argument, NULL, OPT_FEATURES },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "classes", required_argument, NULL, OPT_CLASSES },
	{ "standardise", required_argument, NULL, OPT_STANDARDISE },
	{ "standardize", required_argument, NULL, OPT_STANDARDISE },
	{ "raw-features", no_argument, NULL, OPT_RAW },
	{ "round", no_argument, NULL, OPT_ROUND },
	{ "probabilities", no_argument, NULL, OPT_PROBABILITIES },
	{ "value", no_argument, NULL, OPT_VALUE },
	{ "calibration", required_argument, NULL, OPT_CALIBRATION },
	{ "accept-error", required_argument, NULL, OPT_ACCEPT },
	{ "margin", required_argument, NULL, OPT_MARGIN },
	{ "unit", required_argument, NULL, OPT_UNIT },
	{ "golden", required_argument, NULL, OPT_GOLDEN },
	{ "input-scale", required_argument, NULL, OPT_SCALE },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"build MODEL.onnx|MODEL.tflite [OPTION]... -o MODEL.lfs\n"
	"\n"
	"Quantise a model, prove it, and write a snapshot that the kernel accepts.\n"
	"\n"
	"  --calib ROWS         .npy or .csv of inputs in the features' units, or a\n"
	"                       recording of lfctl; one row a line; needed for nets with\n"
	"                       real weights, good for drift detection in every model\n"
	"  --raw-features       the rows are integer features, though the file is no\n"
	"                       recording\n"
	"  --round              take the nearest where a row is between two steps of a\n"
	"                       feature\n"
	"  --features F1,F2,... which feature of the kernel each input is, without it x0,\n"
	"                       x1, ...; F*SCALE+OFFSET where the model reads them scaled\n"
	"  --standardise FILE   rows of means and of deviations: the model reads (feature\n"
	"                       - mean) / deviation\n"
	"  --name NAME          of the model (default: what the file says)\n"
	"  --classes C1,C2,...  names of the outputs; makes the model a classifier\n"
	"  --value              the outputs are values, not scores of classes\n"
	"  --unit UNIT          of the values\n"
	"  --calibration HOW    best (default): ranges that err least over rows held out;\n"
	"                       minmax: all rows' least and greatest; percentile P: of\n"
	"                       each column, P percent on each side\n"
	"  --margin M           widen calibrated ranges by this factor (default: as far\n"
	"                       as it costs little)\n"
	"  --accept-error PCT   fail above this mean error or share of other decisions\n"
	"                       (default 10)\n"
	"  --input-scale S      per-feature (default) or common\n"
	"  --golden N           golden vectors, 16 .. 256 (default 32)\n"
	"  --output NAME,...    which outputs of several, in the file's order (default:\n"
	"                       all)\n"
	"  --probabilities      compute a Softmax at the end: outputs are probabilities,\n"
	"                       not scores\n"
	"  -o FILE              the snapshot; replaced at once, or not at all (--output\n"
	"                       FILE where there is no -o)\n"
	"  -q, --quiet          print nothing but errors\n"
	"\n"
	"examples:\n"
	"  lfgen build mice.onnx --calib rows.csv \\\n"
	"        --features flow.bytes_log2,flow.packets,pkt.len \\\n"
	"        --classes mouse,elephant -o mice.lfs\n"
	"  lfgen build aurora.tflite --name aurora -o aurora.lfs\n";

struct build {
	const char *calib, *output, *named, *model, *features, *standardise;
	struct front front;
	struct graph_want want;
	struct plan_options opt;
	double accept;		/* percent */
	bool quiet, value;
};

/* "percentile P" is two words, or one with = or : between. */
static int parse_calibration(const struct cmd *cmd, struct build *b, int argc, char **argv)
{
	const char *p = optarg;

	if (!strcmp(p, "best") || !strcmp(p, "minmax")) {
		b->opt.calibration = *p == 'b' ? PLAN_BEST : PLAN_MINMAX;
		return 0;
	}
	if (strncmp(p, "percentile", 10) || (p[10] && !strchr("=: ", p[10])))
		return cmd_usage(cmd,
				 "--calibration is best, minmax or percentile P, not \"%.40s\"", p);
	if (!p[10] && optind >= argc)
		return cmd_usage(cmd,
				 "--calibration percentile needs a number, as in percentile 99.9");
	b->opt.calibration = PLAN_PERCENTILE;
	p = p[10] ? p + 11 : argv[optind++];
	return cmd_number(cmd, "--calibration percentile", p, 50, 100, &b->opt.percentile) ?
		       0 :
		       CMD_USAGE;
}

static int parse_number(const struct cmd *cmd, struct build *b, int c)
{
	double v;

	switch (c) {
	case OPT_ACCEPT:
		return cmd_number(cmd, "--accept-error", optarg, 0, 1e9, &b->accept) ? 0 :
										       CMD_USAGE;
	case OPT_MARGIN:
		return cmd_number(cmd, "--margin", optarg, 1, 100, &b->opt.margin) ? 0 : CMD_USAGE;
	case OPT_GOLDEN:
		if (!cmd_number(cmd, "--golden", optarg, LQ_MIN_GOLDEN, LQ_MAX_GOLDEN, &v))
			return CMD_USAGE;
		b->opt.n_golden = v;
		return 0;
	}
	return CMD_USAGE;
}

static int parse_option(const struct cmd *cmd, struct build *b, int c)
{
	switch (c) {
	case OPT_CALIB:
		b->calib = optarg;
		return 0;
	case OPT_FEATURES:
		b->features = optarg;
		return 0;
	case OPT_STANDARDISE:
		b->standardise = optarg;
		return 0;
	case OPT_RAW:
		b->front.raw = true;
		return 0;
	case OPT_ROUND:
		b->front.round = true;
		return 0;
	case OPT_CLASSES:
		util_free_list(b->opt.classes);
		b->opt.classes = util_split(optarg, &b->opt.n_classes);
		return 0;
	case OPT_OUTPUT:
		b->named = optarg;
		return 0;
	case OPT_PROBABILITIES:
		b->want.probabilities = true;
		return 0;
	case OPT_NAME:
		b->opt.name = optarg;
		return 0;
	case OPT_VALUE:
		b->value = true;
		return 0;
	case OPT_UNIT:
		b->opt.unit = optarg;
		return 0;
	case OPT_SCALE:
		b->opt.common_scale = !strcmp(optarg, "common");
		if (!b->opt.common_scale && strcmp(optarg, "per-feature"))
			return cmd_usage(cmd,
					 "--input-scale is per-feature or common, not \"%.40s\"",
					 optarg);
		return 0;
	case 'o':
		b->output = optarg;
		return 0;
	case 'q':
		b->quiet = true;
		return 0;
	}
	return parse_number(cmd, b, c);
}

static int parse(const struct cmd *cmd, int argc, char **argv, struct build *b)
{
	int c, ret;

	while ((c = cmd_option(cmd, argc, argv)) != -1) {
		if (c == 'h')
			return -1;
		ret = c == OPT_CALIBRATION ? parse_calibration(cmd, b, argc, argv) :
					     parse_option(cmd, b, c);
		if (ret)
			return ret;
	}
	if (!cmd_operands(cmd, argc, 1, "one model file"))
		return CMD_USAGE;
	b->model = argv[optind];
	if (b->value && b->opt.classes)
		return cmd_usage(cmd, "--classes and --value contradict each other");
	if (!b->output)		/* the earlier meaning of --output */
		b->output = b->named;
	else if (b->named)
		b->want.outputs = util_split(b->named, &b->want.n_outputs);
	return b->output ? 0 : cmd_usage(cmd, "build needs -o FILE");
}

/* Unless the file or the user says so, several outputs may be scores or values. */
static int check_meaning(const struct build *b, const struct graph *g, struct graph_err *err)
{
	if (g->n_outputs < 2 || g->classes || b->opt.classes || b->opt.unit || b->value)
		return 0;
	return util_fail(err, "the model has %u outputs, and nothing says whether they are scores "
			 "of classes: give --classes NAME,NAME,... or --value",
			 g->n_outputs);
}

/* Largest error of an output that has a range, in percent of it. */
static double worst(const struct plan *plan, const double *error)
{
	double most = 0;
	u32 o;

	for (o = 0; plan->n_rows && o < plan->n_outputs; o++)
		if (plan->out_range[o] > 0)
			most = fmax(most, 100 * error[o] / plan->out_range[o]);
	return most;
}

static double disagreement(const struct plan *plan)
{
	return plan->n_rows && plan->meaning == LQ_MEANING_CLASS ? 100 * (1 - plan->agreement) : 0;
}

/* Rejects a snapshot that is too far from its model. */
static int judge(const struct build *b, const struct plan *plan, struct graph_err *err)
{
	double mean = worst(plan, plan->err_robust), other = disagreement(plan);

	if (plan->meaning == LQ_MEANING_VALUE && mean > b->accept)
		return util_fail(err, "the mean error is %.3g %% of the outputs' range, more than "
				 "--accept-error %g: are the rows in the model's units?",
				 mean, b->accept);
	if (other > b->accept)
		return util_fail(err, "%.3g %% of the decisions are not the model's, more than "
				 "--accept-error %g: are the rows in the model's units?",
				 other, b->accept);
	return 0;
}

static void warn_outliers(const struct rows *calib, const struct plan *plan)
{
	size_t r, n = 0;
	s32 f;
	u32 i;

	for (r = 0; r < calib->n; r++)
		for (i = 0; i < plan->n_inputs; i++) {
			const struct plan_input *in = &plan->inputs[i];

			f = plan_feature(in->num, in->den, rows_at(calib, r)[i]);
			if ((f >= in->cal_lo && f <= in->cal_hi) || n++ >= MOST_OUTLIERS)
				continue;
			cmd_warn("row %zu, column %u (%s): %g is far from the others (%g .. %g) "
				 "and sets no range",
				 r + 1, i + 1, in->name, rows_at(calib, r)[i],
				 (double)in->cal_lo * in->num / in->den,
				 (double)in->cal_hi * in->num / in->den);
		}
	if (n > MOST_OUTLIERS)
		cmd_warn("%zu more values are far from the others", n - MOST_OUTLIERS);
}

static bool column_varies(const struct rows *calib, u32 i)
{
	size_t r;

	for (r = 1; r < calib->n; r++)
		if (rows_at(calib, r)[i] != rows_at(calib, 0)[i])
			return true;
	return false;
}

static void warn_constant(const struct rows *calib, const struct plan *plan)
{
	u32 i;

	for (i = 0; calib->n > 1 && i < plan->n_inputs; i++)
		if (!column_varies(calib, i))
			cmd_warn("column %u (%s) is %g in all rows: its range is unknown",
				 i + 1, plan->inputs[i].name, rows_at(calib, 0)[i]);
}

static void warn_error(const struct plan *plan)
{
	double most = fmax(worst(plan, plan->err_robust), worst(plan, plan->err_inside));

	if (most > WARN_ERROR)
		cmd_warn("an output is off by %.3g %% of its range", most);
	if (disagreement(plan) > WARN_ERROR)
		cmd_warn("%.3g %% of the decisions are not the model's", disagreement(plan));
}

static void warn(const struct build *b, const struct graph *g, const struct rows *calib,
		 const struct plan *plan)
{
	u32 i, ties = 0;

	if (b->quiet)
		return;
	for (i = 0; i < plan->n_inputs; i++)
		ties += plan->inputs[i].ties;
	if (ties)
		cmd_warn("%u steps of the input quantisers are one feature unit off: the model's "
			 "ties round both ways",
			 ties);
	if (!calib)
		return;
	if (!b->front.raw)
		cmd_warn_whole(b->calib, calib, b->front.names);
	if (b->front.scaled)
		cmd_warn("%s is taken as scaled already: its values are those behind the scaler, "
			 "not before it",
			 b->calib);
	if (calib->n < PLAN_FEW_ROWS && g->kind == GRAPH_NET && !g->exact)
		cmd_warn("%zu calibration rows are few: %d or more give ranges that traffic stays "
			 "in",
			 calib->n, PLAN_FEW_ROWS);
	warn_outliers(calib, plan);
	warn_constant(calib, plan);
	warn_error(plan);
}

/* The names that exporters give to unnamed models. */
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

/* The name of the file without its suffix, if the graph has no name of its own. */
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

static int build(const struct build *b, const struct graph *g, const struct rows *calib,
		 struct graph_err *err)
{
	struct plan plan;
	size_t len;
	void *file;
	int ret;

	if (plan_make(g, calib, &b->opt, &plan, err))
		return -1;
	ret = check_meaning(b, g, err) || judge(b, &plan, err) ||
			      plan_emit(&plan, &file, &len, err) ?
		      -1 :
		      0;
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

/* Prepares features, scaler and rows together. */
static int prepare(struct build *b, struct graph *g, struct rows *calib, struct graph_err *err)
{
	struct rows_want want = {
		.what = b->calib,
		.n = g->n_inputs,
		.n_outputs = g->n_outputs,
		.of = "model",
		.calib = true,
	};
	struct front *f = &b->front;

	if (front_make(f, g, b->features, b->standardise, err))
		return -1;
	if (b->calib && (rows_read(b->calib, calib, err) || front_names_of(f, calib, err)))
		return -1;
	want.names = f->names;
	if (b->calib && front_rows(f, calib, &want, err))
		return -1;
	b->opt.features = f->list;
	b->opt.n_features = f->n;
	return front_fold(f, g, err);
}

static int build_run(const struct cmd *cmd, int argc, char **argv)
{
	struct build b = { .accept = ACCEPT };
	struct rows calib = { };
	struct graph_err err;
	struct graph *g = NULL;
	char stem[LQ_NAME_LEN];
	int ret = parse(cmd, argc, argv, &b);

	if (!ret) {
		g = cmd_import(b.model, &b.want, &err);
		if (g)
			settle_name(&b, g, stem);
		if (!g || prepare(&b, g, &calib, &err) ||
		    build(&b, g, b.calib ? &calib : NULL, &err))
			ret = cmd_fail(&err);
	}
	rows_free(&calib);
	if (g)
		graph_free(g);
	front_free(&b.front);
	util_free_list(b.opt.classes);
	util_free_list(b.want.outputs);
	return ret < 0 ? 0 : ret;
}

const struct cmd cmd_build = {
	.name = "build",
	.what = "quantise a model into a snapshot",
	.help = help,
	.options = options,
	.run = build_run,
};
