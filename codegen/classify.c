// SPDX-License-Identifier: GPL-2.0
/* lfgen classify: what a model would decide for the flows of a capture. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "walk.h"

enum { OPT_JSON = 256 };

static const struct option options[] = {
	WALK_OPTIONS,
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"classify CAPTURE.pcap MODEL.lfs [OPTION]...\n"
	"\n"
	"Run a snapshot over a capture as the kernel would over the packets: the same\n"
	"parser, flow table and features. Prints a line for each flow (each direction is\n"
	"one): packets, bytes, the verdict at each phase, the last one. With --labels, a\n"
	"table of labels and classes, too.\n"
	"\n" WALK_HELP "  --json             all of it as JSON\n"
	"\n"
	"examples:\n"
	"  lfgen classify office.pcap app.lfs --labels conn.log --map ssl=web,dns=lookup\n"
	"  lfgen classify office.pcap app.lfs --json |\n"
	"        jq '.flows[] | select(.class == \"bulk\")'\n";

struct phase {
	u32 packets;
	u32 class;
	double value;
};

struct flow {
	struct flows_key key;
	struct phase *phase;
	size_t n, cap;
	u64 bytes, born_ns, last_ns;
	u32 packets;
	int label;
};

struct classify {
	struct walk w;
	struct lfs m;
	bool json, classes;
	struct flow *flow;		/* [id - 1] */
	size_t n, cap;
	char (*class)[LQ_NAME_LEN];	/* [n_outputs] */
};

static struct flow *flow_of(struct classify *c, u64 id)
{
	if (id > c->n) {
		c->flow = util_grow(c->flow, &c->cap, id, sizeof(*c->flow));
		memset(c->flow + c->n, 0, (id - c->n) * sizeof(*c->flow));
		c->n = id;
	}
	return &c->flow[id - 1];
}

static void seen(void *arg, const struct flows_packet *p, const struct flows_seen *s, const s32 *x)
{
	struct classify *c = arg;
	struct flow *f = flow_of(c, s->id);
	struct plan_output out;
	s32 y[LQ_MAX_OUTPUTS];
	struct phase *at;

	if (s->born) {
		f->key = s->key;
		f->label = c->w.labels ? labels_find(c->w.labels, &s->key) : -1;
		f->born_ns = p->time_ns;
	}
	f->packets = s->packets;
	f->bytes = s->bytes;
	f->last_ns = p->time_ns;
	if (!s->due)
		return;
	lfs_infer(&c->m, LQ_PATH_SWAR, x, y);
	f->phase = util_grow(f->phase, &f->cap, f->n + 1, sizeof(*f->phase));
	at = &f->phase[f->n++];
	out = lfs_output(&c->m, 0);
	*at = (struct phase){ s->packets, lfs_argmax(y, c->m.info.n_outputs),
			      plan_value(&out, y[0]) };
}

static void ended(void *arg, const struct flows_end *end)
{
	(void)arg;
	(void)end;	/* a flow's last packet has reported everything */
}

static const char *label_of(const struct classify *c, const struct flow *f)
{
	return f->label < 0 ? "-" : labels_name(c->w.labels, f->label);
}

static void verdict(const struct classify *c, const struct phase *p, char text[40])
{
	if (c->classes)
		snprintf(text, 40, "%s", c->class[p->class]);
	else
		snprintf(text, 40, "%.6g", p->value);
}

/* --- text --- */

static void print_flow(const struct classify *c, const struct flow *f)
{
	char key[160], one[40], last[40] = "-", phases[1024] = "";
	size_t i;

	walk_key(&f->key, key, sizeof(key));
	for (i = 0; i < f->n; i++) {
		verdict(c, &f->phase[i], one);
		if (!i || strcmp(one, last))	/* only where it changes */
			snprintf(phases + strlen(phases), sizeof(phases) - strlen(phases), " %u:%s",
				 f->phase[i].packets, one);
		memcpy(last, one, sizeof(last));
	}
	printf("%-52s %9u %12llu  %-16s", key, f->packets, (unsigned long long)f->bytes, last);
	if (c->w.labels)
		printf(" %-16s", label_of(c, f));
	printf("%s\n", phases);
}

static void print_none(const struct classify *c)
{
	u64 all = 0;
	int i;

	for (i = 0; i < WALK_REASONS; i++)
		all += c->w.none[i];
	printf("%llu packets, %zu flows", (unsigned long long)c->w.packets, c->n);
	for (i = 0; all && i < WALK_REASONS; i++)
		if (c->w.none[i])
			printf("; %llu without a flow: %s", (unsigned long long)c->w.none[i],
			       flows_reason(i));
	putchar('\n');
}

/* --- labels against classes --- */

struct confusion {
	u32 rows, cols;		/* labels, classes */
	u64 *flows, *bytes;	/* [rows][cols] */
	u64 right, all;
};

static struct confusion confuse(const struct classify *c)
{
	struct confusion t = { .rows = labels_n(c->w.labels), .cols = c->m.info.n_outputs };
	const struct flow *f;
	u32 class;
	size_t i;

	t.flows = util_alloc((size_t)t.rows * t.cols, sizeof(*t.flows));
	t.bytes = util_alloc((size_t)t.rows * t.cols, sizeof(*t.bytes));
	for (i = 0; i < c->n; i++) {
		f = &c->flow[i];
		if (!f->n || f->label < 0)
			continue;
		class = f->phase[f->n - 1].class;
		t.flows[f->label * t.cols + class]++;
		t.bytes[f->label * t.cols + class] += f->bytes;
		t.right += !strcasecmp(c->class[class], labels_name(c->w.labels, f->label));
		t.all++;
	}
	return t;
}

static void print_confusion(const struct classify *c)
{
	struct confusion t = confuse(c);
	u32 i, k;

	printf("\n%-20s", "flows of label");
	for (k = 0; k < t.cols; k++)
		printf(" %12.12s", c->class[k]);
	putchar('\n');
	for (i = 0; i < t.rows; i++) {
		printf("%-20.20s", labels_name(c->w.labels, i));
		for (k = 0; k < t.cols; k++)
			printf(" %12llu", (unsigned long long)t.flows[i * t.cols + k]);
		putchar('\n');
	}
	if (t.all)
		printf("%llu of %llu labelled flows (%.1f %%) have the class of their label's "
		       "name\n",
		       (unsigned long long)t.right, (unsigned long long)t.all,
		       100.0 * t.right / t.all);
	free(t.flows);
	free(t.bytes);
}

static void print_text(const struct classify *c)
{
	size_t i;

	printf("%-52s %9s %12s  %-16s%s at packets\n", "flow", "packets", "bytes",
	       c->classes ? "class" : "value", c->w.labels ? " label           " : "");
	for (i = 0; i < c->n; i++)
		if (c->flow[i].packets)
			print_flow(c, &c->flow[i]);
	print_none(c);
	if (c->w.labels && c->classes)
		print_confusion(c);
}

/* --- JSON --- */

static struct json_object *number(u64 v)
{
	return json_object_new_int64(v);
}

static struct json_object *json_verdict(const struct classify *c, const struct phase *p)
{
	return c->classes ? json_object_new_string(c->class[p->class])
			  : json_object_new_double(p->value);
}

static struct json_object *json_flow(const struct classify *c, const struct flow *f)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *at;
	const char *what = c->classes ? "class" : "value";
	char key[160];
	size_t i;

	walk_key(&f->key, key, sizeof(key));
	json_object_object_add(o, "flow", json_object_new_string(key));
	json_object_object_add(o, "time_ns", number(f->born_ns));
	json_object_object_add(o, "duration_us", number((f->last_ns - f->born_ns) / 1000));
	json_object_object_add(o, "packets", number(f->packets));
	json_object_object_add(o, "bytes", number(f->bytes));
	if (f->n)
		json_object_object_add(o, what, json_verdict(c, &f->phase[f->n - 1]));
	if (f->label >= 0)
		json_object_object_add(o, "label", json_object_new_string(label_of(c, f)));
	for (i = 0; i < f->n; i++) {
		at = json_object_new_object();
		json_object_object_add(at, "packets", number(f->phase[i].packets));
		json_object_object_add(at, what, json_verdict(c, &f->phase[i]));
		json_object_array_add(list, at);
	}
	json_object_object_add(o, "phases", list);
	return o;
}

static struct json_object *json_confusion(const struct classify *c)
{
	struct json_object *list = json_object_new_array(), *o;
	struct confusion t = confuse(c);
	u32 i, k;

	for (i = 0; i < t.rows; i++)
		for (k = 0; k < t.cols; k++) {
			if (!t.flows[i * t.cols + k])
				continue;
			o = json_object_new_object();
			json_object_object_add(o, "label",
					       json_object_new_string(labels_name(c->w.labels, i)));
			json_object_object_add(o, "class", json_object_new_string(c->class[k]));
			json_object_object_add(o, "flows", number(t.flows[i * t.cols + k]));
			json_object_object_add(o, "bytes", number(t.bytes[i * t.cols + k]));
			json_object_array_add(list, o);
		}
	free(t.flows);
	free(t.bytes);
	return list;
}

static void print_json(const struct classify *c)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(),
			   *none = json_object_new_object();
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->flow[i].packets)
			json_object_array_add(list, json_flow(c, &c->flow[i]));
	for (i = 0; i < WALK_REASONS; i++)
		if (c->w.none[i])
			json_object_object_add(none, flows_reason(i), number(c->w.none[i]));
	json_object_object_add(o, "packets", number(c->w.packets));
	json_object_object_add(o, "without_flow", none);
	json_object_object_add(o, "flows", list);
	if (c->w.labels && c->classes)
		json_object_object_add(o, "confusion", json_confusion(c));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

static int parse(const struct cmd *cmd, int argc, char **argv, struct classify *c)
{
	int o, rc;

	while ((o = cmd_option(cmd, argc, argv)) != -1) {
		if (o == 'h')
			return -1;
		if (o == OPT_JSON) {
			c->json = true;
			continue;
		}
		rc = walk_option(cmd, o, &c->w);
		if (rc)
			return rc < 0 ? CMD_USAGE : rc;
	}
	return cmd_operands(cmd, argc, 2, "a capture and a snapshot") ? 0 : CMD_USAGE;
}

static int prepare(struct classify *c, const char *model, struct graph_err *err)
{
	struct plan_output out;
	struct plan_input in;
	u32 i;

	if (lfs_read(&c->m, model, err))
		return -1;
	for (i = 0; i < c->m.info.n_inputs; i++) {
		in = lfs_input(&c->m, i);
		if (!walk_feature(&c->w, in.name, model, err))
			return -1;
	}
	c->classes = c->m.info.meaning == LQ_MEANING_CLASS;
	c->class = util_alloc(c->m.info.n_outputs, sizeof(*c->class));
	for (i = 0; i < c->m.info.n_outputs; i++) {
		out = lfs_output(&c->m, i);
		memcpy(c->class[i], out.name, LQ_NAME_LEN);
	}
	return 0;
}

static int classify_run(const struct cmd *cmd, int argc, char **argv)
{
	struct classify c = { .w = walk_new() };
	int rc = parse(cmd, argc, argv, &c);
	struct graph_err err;
	size_t i;

	if (rc)
		return rc < 0 ? 0 : rc;
	c.w.path = argv[optind];
	if (prepare(&c, argv[optind + 1], &err) || walk_run(&c.w, seen, ended, &c, &err))
		rc = cmd_fail(&err);
	else if (c.json)
		print_json(&c);
	else
		print_text(&c);
	for (i = 0; i < c.n; i++)
		free(c.flow[i].phase);
	free(c.flow);
	free(c.class);
	walk_free(&c.w);
	lfs_free(&c.m);
	return rc;
}

const struct cmd cmd_classify = {
	.name = "classify",
	.what = "run a snapshot over a capture's flows, as the kernel would",
	.help = help,
	.options = options,
	.run = classify_run,
};
