// SPDX-License-Identifier: GPL-2.0
/* lfgen inspect: everything in a snapshot file, as text or JSON. */
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"

enum { OPT_JSON = 256 };

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"inspect MODEL.lfs [--json]\n"
	"\n"
	"Validate a snapshot and print what it is: inputs with units and ranges, outputs,\n"
	"layers or trees, proven bound, cost, hash.\n"
	"\n"
	"examples:\n"
	"  lfgen inspect mice.lfs\n"
	"  lfgen inspect mice.lfs --json | jq -r .hash\n";

static void add_int(struct json_object *to, const char *key, s64 v)
{
	json_object_object_add(to, key, json_object_new_int64(v));
}

static void add_real(struct json_object *to, const char *key, double v)
{
	char text[32];

	snprintf(text, sizeof(text), "%.9g", v);
	json_object_object_add(to, key, json_object_new_double_s(v, text));
}

static void add_string(struct json_object *to, const char *key, const char *s)
{
	json_object_object_add(to, key, json_object_new_string(s));
}

static struct json_object *json_input(const struct lfs *m, u32 i)
{
	struct plan_input in = lfs_input(m, i);
	struct json_object *j = json_object_new_object();
	double unit = (double)in.num / in.den;

	add_string(j, "name", in.name);
	add_int(j, "num", in.num);
	add_int(j, "den", in.den);
	add_int(j, "calibrated_min", in.cal_lo);
	add_int(j, "calibrated_max", in.cal_hi);
	add_real(j, "value_min", in.cal_lo * unit);
	add_real(j, "value_max", in.cal_hi * unit);
	if (m->info.kind == LQ_KIND_FOREST)
		return j;
	add_int(j, "m", in.m);
	add_int(j, "off", in.off);
	add_int(j, "S", in.S);
	add_int(j, "lo", in.lo);
	add_int(j, "hi", in.hi);
	return j;
}

static struct json_object *json_output(const struct lfs *m, u32 o)
{
	struct plan_output out = lfs_output(m, o);
	struct json_object *j = json_object_new_object();

	add_string(j, "name", out.name);
	add_string(j, "unit", out.unit);
	add_int(j, "zp", out.zp);
	add_int(j, "m", out.m);
	add_int(j, "S", out.S);
	add_real(j, "step", ldexp(out.m, -out.S));
	return j;
}

static struct json_object *json_layer(const struct lfs *m, u32 l)
{
	const struct lq_layer *f = lq_file_layer(m->file, l);
	struct json_object *j = json_object_new_object();
	struct lq_buffers b = lq_file_buffers(m->file, l);
	u16 table = lq_le16(&f->table);

	add_string(j, "op", lfs_op_name(f->op));
	add_int(j, "inputs", lq_le16(&f->n_in));
	add_int(j, "outputs", lq_le16(&f->n_out));
	add_int(j, "S", f->S);
	add_int(j, "zp", (s16)lq_le16(&f->zp));
	add_int(j, "lo", (s16)lq_le16(&f->lo));
	add_int(j, "hi", (s16)lq_le16(&f->hi));
	if (table)
		add_int(j, "table", table - 1);
	add_int(j, "from", b.from);
	if (b.with != LQ_NO_BUFFER)
		add_int(j, "with", b.with);
	add_int(j, "to", b.to);
	if (f->op == LQ_OP_COPY) {
		add_int(j, "first", b.first);
		add_int(j, "at", b.at);
	}
	return j;
}

static struct json_object *json_table(const struct lfs *m, u32 t)
{
	const struct lq_table *f =
		(const void *)(lfs_sect(m, LQ_SECT_TABLES, NULL) + t * LQ_TABLE_LEN);
	struct json_object *j = json_object_new_object();

	add_int(j, "from", (s16)lq_le16(&f->t_lo));
	add_int(j, "shift", f->sh);
	add_int(j, "segments", lq_le16(&f->n_segments));
	return j;
}

static struct json_object *json_tree(const struct lfs *m, u32 t)
{
	const struct lq_tree *f =
		(const void *)(lfs_sect(m, LQ_SECT_TREES, NULL) + t * LQ_TREE_LEN);
	struct json_object *j = json_object_new_object();

	add_int(j, "nodes", lq_le32(&f->n_nodes));
	add_int(j, "depth", lq_le16(&f->depth));
	return j;
}

static void add_list(struct json_object *to, const char *key, const struct lfs *m, u32 n,
		     struct json_object *(*one)(const struct lfs *m, u32 i))
{
	struct json_object *list = json_object_new_array();
	u32 i;

	for (i = 0; i < n; i++)
		json_object_array_add(list, one(m, i));
	json_object_object_add(to, key, list);
}

static struct json_object *json_model(const struct lfs *m)
{
	const struct lq_header *h = lq_file_header(m->file);
	struct json_object *j = json_object_new_object();
	char hex[2 * LQ_HASH_LEN + 1];

	lfs_hash(m, hex);
	add_string(j, "name", m->info.name);
	add_string(j, "hash", hex);
	add_string(j, "kind", m->info.kind == LQ_KIND_NET ? "net" : "forest");
	add_string(j, "meaning", m->info.meaning == LQ_MEANING_CLASS ? "class" : "value");
	add_int(j, "major", lq_le16(&h->major));
	add_int(j, "minor", lq_le16(&h->minor));
	add_int(j, "bytes", m->len);
	add_int(j, "packed_bytes", m->info.model_bytes);
	add_int(j, "crc32c", lq_le32(&h->crc32c));
	add_int(j, "macs", m->info.macs);
	add_int(j, "comparisons", m->info.steps);
	add_int(j, "ns", m->info.ns);
	add_int(j, "bound", m->info.bound_used);
	add_real(j, "bound_percent", m->info.bound_used * 100.0 / INT32_MAX);
	add_int(j, "golden", m->info.n_golden);
	add_list(j, "inputs", m, m->info.n_inputs, json_input);
	add_list(j, "outputs", m, m->info.n_outputs, json_output);
	add_list(j, "layers", m, m->info.n_layers, json_layer);
	add_list(j, "tables", m, lq_le16(&h->n_tables), json_table);
	add_list(j, "trees", m, m->info.n_trees, json_tree);
	add_int(j, "leaves", lq_le32(&h->n_leaves));
	return j;
}

static void text_ends(const struct lfs *m)
{
	u32 i;

	for (i = 0; i < m->info.n_inputs; i++) {
		struct plan_input in = lfs_input(m, i);
		double unit = (double)in.num / in.den;

		printf("input     %-3u %-24s calibrated %.6g .. %.6g (%d .. %d, unit %u/%u)", i,
		       in.name, in.cal_lo * unit, in.cal_hi * unit, in.cal_lo, in.cal_hi, in.num,
		       in.den);
		if (m->info.kind == LQ_KIND_NET)
			printf(", * %d + %" PRId64 " >> %u to %d .. %d", in.m, (int64_t)in.off,
			       in.S, in.lo, in.hi);
		putchar('\n');
	}
	for (i = 0; i < m->info.n_outputs; i++) {
		struct plan_output out = lfs_output(m, i);

		printf("output    %-3u %-24s (raw - %d) * %.9g %s\n", i, out.name, out.zp,
		       ldexp(out.m, -out.S), out.unit);
	}
}

static void text_layers(const struct lfs *m)
{
	u32 l;

	for (l = 0; l < m->info.n_layers; l++) {
		const struct lq_layer *f = lq_file_layer(m->file, l);
		u16 table = lq_le16(&f->table);

		printf("layer     %-3u %-5s %u x %u, >> %u, + %d, clamp %d .. %d", l,
		       lfs_op_name(f->op), lq_le16(&f->n_in), lq_le16(&f->n_out), f->S,
		       (s16)lq_le16(&f->zp), (s16)lq_le16(&f->lo), (s16)lq_le16(&f->hi));
		if (table)
			printf(", table %u", table - 1);
		putchar('\n');
	}
}

static void text_trees(const struct lfs *m)
{
	u32 t, depth = 0, deepest = 0, nodes = 0;

	for (t = 0; t < m->info.n_trees; t++) {
		const struct lq_tree *f =
			(const void *)(lfs_sect(m, LQ_SECT_TREES, NULL) + t * LQ_TREE_LEN);

		nodes += lq_le32(&f->n_nodes);
		depth = lq_le16(&f->depth);
		deepest = depth > deepest ? depth : deepest;
	}
	if (m->info.n_trees)
		printf("trees     %u, depth at most %u, %u nodes, %u rows of leaves\n",
		       m->info.n_trees, deepest, nodes,
		       lq_le32(&lq_file_header(m->file)->n_leaves));
}

static void text_model(const struct lfs *m)
{
	const struct lq_header *h = lq_file_header(m->file);
	char hex[2 * LQ_HASH_LEN + 1];

	lfs_hash(m, hex);
	printf("name      %s\n", m->info.name);
	printf("hash      %s\n", hex);
	printf("format    %u.%u, %zu bytes, crc32c %08x, %zu bytes packed\n", lq_le16(&h->major),
	       lq_le16(&h->minor), m->len, lq_le32(&h->crc32c), m->info.model_bytes);
	printf("kind      %s of %s, %u golden vectors\n",
	       m->info.kind == LQ_KIND_NET ? "net" : "forest",
	       m->info.meaning == LQ_MEANING_CLASS ? "classes" : "values", m->info.n_golden);
	printf("cost      %u multiply-accumulates, %u comparisons, about %u ns\n", m->info.macs,
	       m->info.steps, m->info.ns);
	printf("bound     %u of 2147483647 (%.1f %%)\n", m->info.bound_used,
	       m->info.bound_used * 100.0 / INT32_MAX);
	text_ends(m);
	text_layers(m);
	text_trees(m);
}

static int inspect_run(const struct cmd *cmd, int argc, char **argv)
{
	struct json_object *j;
	struct graph_err err;
	bool json = false;
	struct lfs m;
	int c;

	while ((c = cmd_option(cmd, argc, argv)) != -1) {
		if (c == 'h')
			return 0;
		if (c != OPT_JSON)
			return c == '?' ? CMD_USAGE : cmd_usage(cmd, "unknown option -%c", c);
		json = true;
	}
	if (!cmd_operands(cmd, argc, 1, "one snapshot"))
		return CMD_USAGE;
	if (lfs_read(&m, argv[optind], &err))
		return cmd_fail(&err);
	if (json) {
		j = json_model(&m);
		puts(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY));
		json_object_put(j);
	} else {
		text_model(&m);
	}
	lfs_free(&m);
	return 0;
}

const struct cmd cmd_inspect = {
	.name = "inspect",
	.what = "print what a snapshot is",
	.help = help,
	.options = options,
	.run = inspect_run,
};
