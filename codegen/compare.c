// SPDX-License-Identifier: GPL-2.0
/* lfgen compare: a snapshot against its model. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "front.h"

enum {
	OPT_JSON = 256, OPT_MAX_ERROR, OPT_MIN_AGREEMENT, OPT_FEATURES, OPT_STANDARDISE, OPT_RAW,
	OPT_OUTPUT, OPT_PROBABILITIES
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "max-error", required_argument, NULL, OPT_MAX_ERROR },
	{ "min-agreement", required_argument, NULL, OPT_MIN_AGREEMENT },
	{ "features", required_argument, NULL, OPT_FEATURES },
	{ "standardise", required_argument, NULL, OPT_STANDARDISE },
	{ "raw-features", no_argument, NULL, OPT_RAW },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "probabilities", no_argument, NULL, OPT_PROBABILITIES },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"compare MODEL.onnx|MODEL.tflite MODEL.lfs ROWS.csv|ROWS.npy\n"
	"        [OPTION]...\n"
	"\n"
	"Run model and snapshot over the same rows: errors per output, and for classes\n"
	"how often both decide alike.\n"
	"\n"
	"  --features F1,...    features and scales as they were given to build\n"
	"  --standardise FILE   likewise\n"
	"  --raw-features       the rows are integer features, though the file is no\n"
	"                       recording\n"
	"  --output NAME,...    outputs as they were given to build\n"
	"  --probabilities      likewise\n"
	"  --json               print JSON\n"
	"  --max-error PCT      exit 1 if an output's largest error exceeds this share of\n"
	"                       its range\n"
	"  --min-agreement PCT  exit 1 if fewer decisions agree\n"
	"\n"
	"examples:\n"
	"  lfgen compare mice.onnx mice.lfs held-out.csv --min-agreement 99.5\n"
	"  lfgen compare aurora.onnx aurora.lfs rows.npy --max-error 0.2 --json\n";

struct compare {
	bool json, raw;
	struct graph_want want;
	const char *features, *standardise;
	double max_error, min_agreement;	/* percent; NAN for no limit */
	size_t rows, clipped;
	double *real;				/* [n][all rows] */
	size_t n_rows;
	u32 n;					/* outputs */
	double max[LQ_MAX_OUTPUTS], sum[LQ_MAX_OUTPUTS], range[LQ_MAX_OUTPUTS];
	double lo[LQ_MAX_OUTPUTS], hi[LQ_MAX_OUTPUTS];
	size_t agree;
};

static void compare_row(struct compare *c, struct lfs *m, const struct graph *g, const double *row)
{
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	double real[LQ_MAX_OUTPUTS], err;
	bool clipped = false;
	struct plan_output out;
	struct plan_input in;
	u32 i;

	for (i = 0; i < m->info.n_inputs; i++) {
		in = lfs_input(m, i);
		x[i] = plan_feature(in.num, in.den, row[i]);
		/* Values that an int8 model clips itself do not count. */
		clipped |= !g->exact && !g->in_range && plan_clips(&in, x[i]);
	}
	c->clipped += clipped;
	graph_run(g, row, real);
	lfs_infer(m, LQ_PATH_SWAR, x, y);
	for (i = 0; i < c->n; i++) {
		out = lfs_output(m, i);
		err = fabs(plan_value(&out, y[i]) - real[i]);
		c->max[i] = fmax(c->max[i], err);
		c->sum[i] += err;
		c->lo[i] = fmin(c->lo[i], real[i]);
		c->hi[i] = fmax(c->hi[i], real[i]);
		c->real[i * c->n_rows + c->rows] = real[i];
	}
	c->agree += util_argmax(real, c->n) == lfs_argmax(y, c->n);
	c->rows++;
}

/*
 * An error of an output in percent of its range over the rows, without one row in 1,000 on each
 * side.
 */
static double percent(const struct compare *c, double err, u32 o)
{
	double range = c->range[o];

	return range > 0 ? 100 * err / range : err > 0 ? INFINITY : 0;
}

static void print_text(const struct compare *c, const struct lfs *m)
{
	struct plan_output out;
	u32 o;

	for (o = 0; o < c->n; o++) {
		out = lfs_output(m, o);
		printf("output    %-16s %.6g .. %.6g %s  "
		       "error %.3g max (%.4f %%), %.3g mean (%.4f %%)\n",
		       out.name, c->lo[o], c->hi[o], out.unit, c->max[o], percent(c, c->max[o], o),
		       c->sum[o] / c->rows, percent(c, c->sum[o] / c->rows, o));
	}
	if (c->clipped)
		printf("clipped   %zu of %zu rows are beyond the range of an input\n", c->clipped,
		       c->rows);
	if (m->info.meaning == LQ_MEANING_CLASS)
		printf("decision  %zu of %zu rows alike (%.3f %%)\n", c->agree, c->rows,
		       100.0 * c->agree / c->rows);
}

static void print_json(const struct compare *c, const struct lfs *m)
{
	struct json_object *j = json_object_new_object(), *list = json_object_new_array(), *one;
	struct plan_output out;
	u32 o;

	json_object_object_add(j, "rows", json_object_new_int64(c->rows));
	json_object_object_add(j, "clipped", json_object_new_int64(c->clipped));
	for (o = 0; o < c->n; o++) {
		out = lfs_output(m, o);
		one = json_object_new_object();
		json_object_object_add(one, "name", json_object_new_string(out.name));
		json_object_object_add(one, "min", json_object_new_double(c->lo[o]));
		json_object_object_add(one, "max", json_object_new_double(c->hi[o]));
		json_object_object_add(one, "error_max", json_object_new_double(c->max[o]));
		json_object_object_add(one, "error_mean",
				       json_object_new_double(c->sum[o] / c->rows));
		if (isfinite(percent(c, c->max[o], o)))
			json_object_object_add(one, "error_max_percent",
					       json_object_new_double(percent(c, c->max[o], o)));
		json_object_array_add(list, one);
	}
	json_object_object_add(j, "outputs", list);
	if (m->info.meaning == LQ_MEANING_CLASS)
		json_object_object_add(j, "agreement_percent",
				       json_object_new_double(100.0 * c->agree / c->rows));
	puts(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY));
	json_object_put(j);
}

/* 0, or CMD_FAILED with a message for the first limit that is exceeded. */
static int judge(const struct compare *c, const struct lfs *m)
{
	double agreement = 100.0 * c->agree / c->rows;
	struct plan_output out;
	struct graph_err err;
	u32 o;

	for (o = 0; o < c->n; o++) {
		if (!(percent(c, c->max[o], o) > c->max_error))
			continue;
		out = lfs_output(m, o);
		util_fail(&err, "output %s is off by %.4f %% of its range, more than %g %%",
			  out.name, percent(c, c->max[o], o), c->max_error);
		return cmd_fail(&err);
	}
	if (m->info.meaning == LQ_MEANING_CLASS && agreement < c->min_agreement) {
		util_fail(&err, "%.3f %% of decisions agree, fewer than %g %%", agreement,
			  c->min_agreement);
		return cmd_fail(&err);
	}
	return 0;
}

static int compare_rows(struct compare *c, struct lfs *m, const struct graph *g,
			const struct rows *rows)
{
	size_t r;
	u32 o;

	c->n = g->n_outputs;
	for (o = 0; o < c->n; o++) {
		c->lo[o] = INFINITY;
		c->hi[o] = -INFINITY;
	}
	c->n_rows = rows->n;
	c->real = util_alloc(c->n * rows->n, sizeof(*c->real));
	for (r = 0; r < rows->n; r++)
		compare_row(c, m, g, rows_at(rows, r));
	for (o = 0; o < c->n; o++)
		c->range[o] = util_spread(c->real + o * rows->n, rows->n);
	free(c->real);
	if (c->json)
		print_json(c, m);
	else
		print_text(c, m);
	return judge(c, m);
}

static int parse(const struct cmd *cmd, int argc, char **argv, struct compare *c)
{
	int o;

	while ((o = cmd_option(cmd, argc, argv)) != -1) {
		if (o == 'h')
			return -1;
		if (o == OPT_JSON)
			c->json = true;
		else if (o == OPT_MAX_ERROR &&
			 cmd_number(cmd, "--max-error", optarg, 0, 1e9, &c->max_error))
			continue;
		else if (o == OPT_MIN_AGREEMENT &&
			 cmd_number(cmd, "--min-agreement", optarg, 0, 100, &c->min_agreement))
			continue;
		else if (o == OPT_FEATURES || o == OPT_STANDARDISE)
			*(o == OPT_FEATURES ? &c->features : &c->standardise) = optarg;
		else if (o == OPT_RAW)
			c->raw = true;
		else if (o == OPT_PROBABILITIES)
			c->want.probabilities = true;
		else if (o == OPT_OUTPUT && !c->want.outputs)
			c->want.outputs = util_split(optarg, &c->want.n_outputs);
		else
			return CMD_USAGE;
	}
	return cmd_operands(cmd, argc, 3, "a model, a snapshot and rows") ? 0 : CMD_USAGE;
}

/* The model with the scaler that the snapshot has. */
static int fold(const struct compare *c, struct lfs *m, struct graph *g, struct graph_err *err)
{
	struct plan_input in;
	struct front f = { };
	int ret = front_make(&f, g, c->features, c->standardise, err);
	u32 i;

	for (i = 0; !ret && f.list && i < f.n; i++) {
		in = lfs_input(m, i);
		if (strcmp(f.names[i], in.name))
			ret = util_fail(err, "input %u of the snapshot is \"%s\", not \"%s\"", i,
					in.name, f.names[i]);
	}
	if (!ret)
		ret = front_fold(&f, g, err);
	front_free(&f);
	return ret;
}

static void from_raw(const struct lfs *m, struct rows *rows)
{
	struct plan_input in;
	size_t r;
	u32 i;

	for (i = 0; rows->raw && i < rows->cols; i++) {
		in = lfs_input(m, i);
		for (r = 0; r < rows->n; r++)
			rows->v[r * rows->cols + i] *= (double)in.num / in.den;
	}
}

static int compare_all(struct compare *c, struct graph *g, struct lfs *m, const char *path)
{
	struct graph_err err;
	struct rows rows;
	int ret;

	if (m->info.n_inputs != g->n_inputs || m->info.n_outputs != g->n_outputs) {
		util_fail(&err, "the model has %u inputs and %u outputs, the snapshot %u and %u",
			  g->n_inputs, g->n_outputs, m->info.n_inputs, m->info.n_outputs);
		return cmd_fail(&err);
	}
	if (fold(c, m, g, &err) || cmd_rows(path, m, c->raw, &rows, &err))
		return cmd_fail(&err);
	from_raw(m, &rows);
	ret = compare_rows(c, m, g, &rows);
	rows_free(&rows);
	return ret;
}

static int compare_run(const struct cmd *cmd, int argc, char **argv)
{
	struct compare c = { .max_error = NAN, .min_agreement = NAN };
	int ret = parse(cmd, argc, argv, &c);
	struct graph_err err;
	struct graph *g;
	struct lfs m;

	if (ret)
		return ret < 0 ? 0 : ret;
	g = cmd_import(argv[optind], &c.want, &err);
	util_free_list(c.want.outputs);
	if (!g)
		return cmd_fail(&err);
	if (lfs_read(&m, argv[optind + 1], &err)) {
		graph_free(g);
		return cmd_fail(&err);
	}
	ret = compare_all(&c, g, &m, argv[optind + 2]);
	lfs_free(&m);
	graph_free(g);
	return ret;
}

const struct cmd cmd_compare = {
	.name = "compare",
	.what = "measure a snapshot against its model",
	.help = help,
	.options = options,
	.run = compare_run,
};
