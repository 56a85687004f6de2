// SPDX-License-Identifier: GPL-2.0
/* lfgen rows: a capture's features as training rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lq/features.h>

#include "walk.h"

enum { OPT_FEATURES = 256, OPT_RAW, OPT_CLASSES, OPT_LABEL_OUTPUT };

static const struct option options[] = {
	WALK_OPTIONS,
	{ "features", required_argument, NULL, OPT_FEATURES },
	{ "raw", no_argument, NULL, OPT_RAW },
	{ "classes", required_argument, NULL, OPT_CLASSES },
	{ "label-output", required_argument, NULL, OPT_LABEL_OUTPUT },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"rows CAPTURE.pcap --features NAME,... -o ROWS.npy|ROWS.csv\n"
	"        [OPTION]...\n"
	"\n"
	"Write a row of features for each packet at which the model would run, computed\n"
	"as in the kernel, in the features' units. CSV has a header line, and a last\n"
	"column `label` where there are labels. With --labels, flows without a label or\n"
	"of none of the --classes are left out.\n"
	"\n"
	"  --features LIST      names (lfctl feature list); all: those of packets and\n"
	"                       flows\n"
	"  --label-output FILE  .npy: the rows' labels, as numbers of their classes\n"
	"                       (int64)\n"
	"  --classes NAME,...   which number is which (default: in the order of the\n"
	"                       labels' file)\n"
	"  --raw                integers as the kernel has them, and CSV columns packets,\n"
	"                       flow, time_ns\n" WALK_HELP
	"\n"
	"examples:\n"
	"  lfgen rows office.pcap --features flow.len0,flow.len1,flow.iat1 \\\n"
	"        --phases 4,8,16 --labels conn.log --classes web,bulk --map ssl=web \\\n"
	"        -o rows.npy --label-output labels.npy\n"
	"  lfgen rows office.pcap --features all -o rows.csv\n";

struct rows_out {
	struct walk w;
	char *features, *classes_said, *path, *label_path;
	char **classes;
	u32 n_classes;
	bool raw, npy;
	FILE *f, *fl;
	size_t n;
	int *label;		/* [id - 1] class, -1 for none */
	size_t n_flows, cap;
	u64 left_out;
};

/* The header of an .npy file, of fixed length: the count is written at the end. */
#define NPY_HEADER	128

static void npy_header(FILE *f, const char *type, size_t n, u32 cols)
{
	char text[NPY_HEADER - 10 + 1], shape[48];

	snprintf(shape, sizeof(shape), cols ? "(%zu, %u)" : "(%zu,)", n, cols);
	snprintf(text, sizeof(text), "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type,
		 shape);
	rewind(f);
	fwrite("\x93NUMPY\x01\x00", 1, 8, f);
	fputc(NPY_HEADER - 10, f);
	fputc(0, f);
	fprintf(f, "%-*s\n", NPY_HEADER - 11, text);
}

static void put64(FILE *f, u64 v)
{
	int i;

	for (i = 0; i < 8; i++)
		fputc(v >> 8 * i & 255, f);
}

static double value_of(u8 id, s32 x)
{
	return (double)x * lq_features[id].num / lq_features[id].den;
}

static int class_of(struct rows_out *r, const struct flows_key *key)
{
	int label = labels_find(r->w.labels, key);
	u32 i;

	if (label < 0 || !r->classes)
		return label;
	for (i = 0; i < r->n_classes; i++)
		if (!strcasecmp(r->classes[i], labels_name(r->w.labels, label)))
			return i;
	return -1;
}

static const char *class_name(const struct rows_out *r, int class)
{
	return r->classes ? r->classes[class] : labels_name(r->w.labels, class);
}

static void put_npy(struct rows_out *r, const s32 *x, int class)
{
	double v;
	u64 bits;
	u32 i;

	for (i = 0; i < r->w.n_ids; i++) {
		v = r->raw ? x[i] : value_of(r->w.ids[i], x[i]);
		memcpy(&bits, &v, sizeof(bits));
		put64(r->f, bits);
	}
	if (r->fl)
		put64(r->fl, class);
}

static void put_csv(struct rows_out *r, const struct flows_packet *p, const struct flows_seen *s,
		    const s32 *x, int class)
{
	u32 i;

	for (i = 0; i < r->w.n_ids; i++)
		if (r->raw)
			fprintf(r->f, "%s%d", i ? "," : "", x[i]);
		else
			fprintf(r->f, "%s%.12g", i ? "," : "", value_of(r->w.ids[i], x[i]));
	if (r->raw)
		fprintf(r->f, ",%u,%llu,%llu", s->packets, (unsigned long long)s->id,
			(unsigned long long)p->time_ns);
	if (r->w.labels)
		fprintf(r->f, ",%s", class_name(r, class));
	fputc('\n', r->f);
	if (r->fl)
		put64(r->fl, class);
}

static void seen(void *arg, const struct flows_packet *p, const struct flows_seen *s, const s32 *x)
{
	struct rows_out *r = arg;
	int *label;

	if (s->id > r->n_flows) {
		r->label = util_grow(r->label, &r->cap, s->id, sizeof(*r->label));
		memset(r->label + r->n_flows, 0xff, (s->id - r->n_flows) * sizeof(*r->label));
		r->n_flows = s->id;
	}
	label = &r->label[s->id - 1];
	if (s->born && r->w.labels)
		*label = class_of(r, &s->key);
	if (s->born && r->w.labels && *label < 0)
		r->left_out++;
	if (!s->due || (r->w.labels && *label < 0))
		return;
	r->n++;
	if (r->npy)
		put_npy(r, x, *label);
	else
		put_csv(r, p, s, x, *label);
}

static void ended(void *arg, const struct flows_end *end)
{
	(void)arg;
	(void)end;
}

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n > m && !strcmp(path + n - m, end);
}

static int parse_one(const struct cmd *cmd, int o, struct rows_out *r)
{
	int rc;

	switch (o) {
	case OPT_FEATURES:
		r->features = optarg;
		return 0;
	case OPT_CLASSES:
		r->classes_said = optarg;
		return 0;
	case OPT_LABEL_OUTPUT:
		r->label_path = optarg;
		return 0;
	case OPT_RAW:
		r->raw = true;
		return 0;
	case 'o':
		r->path = optarg;
		return 0;
	}
	rc = walk_option(cmd, o, &r->w);
	return rc < 0 ? CMD_USAGE : rc;
}

static int parse(const struct cmd *cmd, int argc, char **argv, struct rows_out *r)
{
	int o, rc;

	while ((o = cmd_option(cmd, argc, argv)) != -1) {
		if (o == 'h')
			return -1;
		rc = parse_one(cmd, o, r);
		if (rc)
			return rc;
	}
	if (!cmd_operands(cmd, argc, 1, "a capture"))
		return CMD_USAGE;
	if (!r->features)
		return cmd_usage(cmd, "--features says what the columns are");
	if (!r->path || (!ends_with(r->path, ".npy") && !ends_with(r->path, ".csv")))
		return cmd_usage(cmd, "-o names the rows, which end in .npy or .csv");
	if ((r->label_path || r->classes_said) && !r->w.labels_path)
		return cmd_usage(cmd, "%s needs --labels",
				 r->label_path ? "--label-output" : "--classes");
	if (r->label_path && !ends_with(r->label_path, ".npy"))
		return cmd_usage(cmd, "--label-output ends in .npy");
	r->npy = ends_with(r->path, ".npy");
	return 0;
}

static bool all_features(struct walk *w)
{
	int i;

	for (i = 0; i < LQ_N_FEATURES; i++)
		if (!strncmp(lq_features[i].name, "pkt.", 4) ||
		    !strncmp(lq_features[i].name, "flow.", 5))
			w->ids[w->n_ids++] = i;
	return true;
}

static bool listed_features(struct rows_out *r, struct graph_err *err)
{
	char **list;
	bool ok = true;
	u32 i, n;

	if (!strcmp(r->features, "all"))
		return all_features(&r->w);
	list = util_split(r->features, &n);
	if (n > LQ_MAX_INPUTS)
		ok = !util_fail(err, "--features: %u are more than %d", n, LQ_MAX_INPUTS);
	for (i = 0; ok && i < n; i++)
		ok = walk_feature(&r->w, list[i], "--features", err);
	util_free_list(list);
	return ok;
}

static int open_outputs(struct rows_out *r, struct graph_err *err)
{
	u32 i;

	r->f = fopen(r->path, "wb");
	if (!r->f)
		return util_fail(err, "%.256s: %m", r->path);
	r->fl = r->label_path ? fopen(r->label_path, "wb") : NULL;
	if (r->label_path && !r->fl)
		return util_fail(err, "%.256s: %m", r->label_path);
	if (r->fl)
		npy_header(r->fl, "<i8", 0, 0);
	if (r->npy) {
		npy_header(r->f, "<f8", 0, r->w.n_ids);
		return 0;
	}
	for (i = 0; i < r->w.n_ids; i++)
		fprintf(r->f, "%s%s", i ? "," : "", lq_features[r->w.ids[i]].name);
	fprintf(r->f, "%s%s\n", r->raw ? ",packets,flow,time_ns" : "",
		r->w.labels_path ? ",label" : "");
	return 0;
}

static int close_outputs(struct rows_out *r, struct graph_err *err)
{
	bool bad = false;

	if (r->fl) {
		npy_header(r->fl, "<i8", r->n, 0);
		bad |= ferror(r->fl) || fclose(r->fl);
	}
	if (r->npy)
		npy_header(r->f, "<f8", r->n, r->w.n_ids);
	bad |= ferror(r->f) || fclose(r->f);
	return bad ? util_fail(err, "%.256s: not all of it could be written", r->path) : 0;
}

static int make_rows(struct rows_out *r, struct graph_err *err)
{
	if (!listed_features(r, err) || open_outputs(r, err))
		return -1;
	if (walk_run(&r->w, seen, ended, r, err) || close_outputs(r, err))
		return -1;
	return r->n ? 0 : util_fail(err, "%.256s: no packet gives a row", r->w.path);
}

static void report(const struct rows_out *r)
{
	u32 i, n = r->classes ? r->n_classes : r->w.labels ? labels_n(r->w.labels) : 0;

	fprintf(stderr, "%zu rows of %zu flows", r->n, r->n_flows);
	if (r->left_out)
		fprintf(stderr, ", %llu flows without a label left out",
			(unsigned long long)r->left_out);
	for (i = 0; i < n; i++)
		fprintf(stderr, "%s%u %s", i ? ", " : "; classes: ", i, class_name(r, i));
	fputc('\n', stderr);
}

static int rows_run(const struct cmd *cmd, int argc, char **argv)
{
	struct rows_out r = { .w = walk_new() };
	int rc = parse(cmd, argc, argv, &r);
	struct graph_err err;

	if (rc)
		return rc < 0 ? 0 : rc;
	r.w.path = argv[optind];
	if (r.classes_said)
		r.classes = util_split(r.classes_said, &r.n_classes);
	if (make_rows(&r, &err)) {
		rc = cmd_fail(&err);
		if (r.f)
			remove(r.path);
		if (r.fl)
			remove(r.label_path);
	} else {
		report(&r);
	}
	free(r.label);
	walk_free(&r.w);
	if (r.classes)
		util_free_list(r.classes);
	return rc;
}

const struct cmd cmd_rows_of = {
	.name = "rows",
	.what = "write a capture's features, and labels, as rows to train with",
	.help = help,
	.options = options,
	.run = rows_run,
};
