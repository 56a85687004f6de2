// SPDX-License-Identifier: GPL-2.0
/* lfgen check: which parts of a model are supported, and what to do about others, without rows. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_advice.h"
#include "cmd.h"

enum { OPT_JSON = 256, OPT_OUTPUT, OPT_PROBABILITIES };

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "probabilities", no_argument, NULL, OPT_PROBABILITIES },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
	"check MODEL.onnx|MODEL.tflite [OPTION]...\n"
	"\n"
	"Print whether each node is supported, whether each limit is met, and what build\n"
	"will ask for. No rows are needed. The exit status is 1 if build would reject the\n"
	"model.\n"
	"\n"
	"  --output NAME,...  only these outputs, as for build\n"
	"  --probabilities    likewise\n"
	"  --json             print JSON\n"
	"\n"
	"examples:\n"
	"  lfgen check mice.onnx\n"
	"  lfgen check mice.tflite --json | jq .accepted\n";

struct check {
	const char *path;
	bool json, accepted;
	struct graph_want want;
	char summary[96];
	struct graph *g;		/* or NULL: err says why */
	struct graph_err err;
	size_t n, cap;
	struct graph_node_info *nodes;
	struct json_object *list;	/* lines of the table */
};

static void add_node(void *arg, const struct graph_node_info *info)
{
	struct check *c = arg;

	c->nodes = util_grow(c->nodes, &c->cap, c->n + 1, sizeof(*c->nodes));
	c->nodes[c->n++] = *info;
}

/* The reason, without file and node, which are in the line. */
static const char *reason(const struct check *c)
{
	const char *p = strstr(c->err.msg, "): ");

	return p ? p + 3 : c->err.msg;
}

static void line(struct check *c, const char *what, const char *name, const char *verdict,
		 const char *more)
{
	struct json_object *j;

	if (!c->json) {
		printf("%-9s %-32s %s%*s%s\n", what, name, verdict,
		       *more ? 15 - (int)strlen(verdict) : 0, "", more);
		return;
	}
	j = json_object_new_object();
	json_object_object_add(j, "what", json_object_new_string(what));
	json_object_object_add(j, "name", json_object_new_string(name));
	json_object_object_add(j, "verdict", json_object_new_string(verdict));
	json_object_object_add(j, "more", json_object_new_string(more));
	json_object_array_add(c->list, j);
}

/* It is supported elsewhere (behind trees), but not here, and there is no better message. */
static bool is_unknown(const struct check *c, const struct graph_node_info *n)
{
	static const char words[] = "operator not supported";
	size_t len = sizeof(words) - 1;

	return !c->g && c->err.node == n->index + 1 && !strncmp(reason(c), words, len) &&
	       (!reason(c)[len] || reason(c)[len] == ':');
}

static void print_node(struct check *c, const struct graph_node_info *n)
{
	char what[24];

	snprintf(what, sizeof(what), "node %u", n->index);
	if (!n->known || is_unknown(c, n))
		line(c, what, n->op, "not supported", check_advice(n->op));
	else if (!c->g && c->err.node == n->index + 1)
		line(c, what, n->op, "refused", reason(c));
	else if (!c->g && (!c->err.node || n->index + 1 > c->err.node))
		line(c, what, n->op, "known", n->name);
	else
		line(c, what, n->op, "accepted", n->name);
}

static void print_limit(struct check *c, const char *name, u64 is, u64 most)
{
	char more[64];

	snprintf(more, sizeof(more), "%llu of at most %llu", (unsigned long long)is,
		 (unsigned long long)most);
	line(c, "limit", name, is <= most ? "met" : "exceeded", more);
	c->accepted &= is <= most;
}

static void print_limits(struct check *c)
{
	const struct graph *g = c->g;
	u64 macs = 0, width = 0, nodes = 0;
	u32 i;

	for (i = 0; i < g->n_layers; i++) {
		macs += (u64)graph_weights(&g->layers[i]) * g->layers[i].n_out;
		width = g->layers[i].n_out > width ? g->layers[i].n_out : width;
	}
	for (i = 0; i < g->n_trees; i++)
		nodes += g->trees[i].n_nodes;
	print_limit(c, "inputs", g->n_inputs, LQ_MAX_INPUTS);
	print_limit(c, "outputs", g->n_outputs, LQ_MAX_OUTPUTS);
	if (g->kind == GRAPH_NET) {
		print_limit(c, "layers", g->n_layers, LQ_MAX_LAYERS);
		print_limit(c, "numbers in a layer", width, LQ_MAX_WIDTH);
		print_limit(c, "multiply-accumulates", macs, LQ_MAX_MACS);
	} else {
		print_limit(c, "trees", g->n_trees, LQ_MAX_TREES);
		print_limit(c, "bytes of nodes", nodes * LQ_NODE_LEN, LQ_MAX_FILE);
	}
}

/* Builds models that need no rows, to see that they fit. */
static void try_plan(struct check *c)
{
	struct plan_options opt = { };
	struct graph_err err;
	struct plan plan;

	if (c->g->kind == GRAPH_NET && !c->g->exact)
		return;
	if (plan_make(c->g, NULL, &opt, &plan, &err)) {
		line(c, "limit", "of a snapshot", "exceeded", err.msg);
		c->accepted = false;
		return;
	}
	if (plan.kind == LQ_KIND_FOREST)
		print_limit(c, "comparisons", plan.steps, LQ_MAX_STEPS);
	plan_free(&plan);
}

static void print_outputs(struct check *c)
{
	const struct graph *g = c->g;
	u32 o;

	if (g->classes)
		line(c, "outputs", "scores of classes", "known",
		     c->want.probabilities ?
			     "as probabilities" :
			     "probabilities are not computed: their order decides "
			     "(--probabilities)");
	else if (g->n_outputs > 1)
		line(c, "outputs", "meaning unknown", "needed",
		     "build needs --classes NAME,... or --value");
	else
		line(c, "outputs", "one value", "known", "");
	for (o = 0; g->class_names && o < g->n_outputs; o++)
		line(c, "class", g->class_names[o], "named", "");
	if (g->kind == GRAPH_NET && !g->exact)
		line(c, "rows", "real weights", "needed",
		     "build needs --calib ROWS; 1,000 or more are advised");
	else
		line(c, "rows", g->exact ? "integers" : "trees", "optional",
		     "with --calib the kernel can count drift");
}

static void print_all(struct check *c)
{
	size_t i;

	if (!c->json)
		printf("%s: %s, %zu nodes\n", c->path, c->summary, c->n);
	for (i = 0; i < c->n; i++)
		print_node(c, &c->nodes[i]);
	c->accepted = c->g;
	if (c->g) {
		print_limits(c);
		try_plan(c);
		print_outputs(c);
	} else if (!c->err.node) {
		line(c, "model", "", "refused", c->err.msg);
	}
	if (!c->json)
		printf("%s\n",
		       c->accepted ? "build accepts this model." : "build rejects this model.");
}

static void print_json(struct check *c)
{
	struct json_object *j = json_object_new_object();

	json_object_object_add(j, "accepted", json_object_new_boolean(c->accepted));
	json_object_object_add(j, "format", json_object_new_string(c->summary));
	if (!c->g)
		json_object_object_add(j, "why", json_object_new_string(c->err.msg));
	json_object_object_add(j, "lines", json_object_get(c->list));
	puts(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY));
	json_object_put(j);
}

static int parse(const struct cmd *cmd, int argc, char **argv, struct check *c)
{
	int o;

	while ((o = cmd_option(cmd, argc, argv)) != -1) {
		if (o == 'h')
			return -1;
		if (o == OPT_JSON)
			c->json = true;
		else if (o == OPT_PROBABILITIES)
			c->want.probabilities = true;
		else if (o == OPT_OUTPUT && !c->want.outputs)
			c->want.outputs = util_split(optarg, &c->want.n_outputs);
		else
			return CMD_USAGE;
	}
	return cmd_operands(cmd, argc, 1, "one model file") ? 0 : CMD_USAGE;
}

static int check_run(const struct cmd *cmd, int argc, char **argv)
{
	struct check c = { };
	int ret = parse(cmd, argc, argv, &c);

	if (ret)
		return ret < 0 ? 0 : ret;
	c.path = argv[optind];
	if (cmd_list(c.path, add_node, &c, c.summary, &c.err)) {
		free(c.nodes);
		return cmd_fail(&c.err);
	}
	c.list = json_object_new_array();
	c.g = cmd_import(c.path, &c.want, &c.err);
	print_all(&c);
	if (c.json)
		print_json(&c);
	json_object_put(c.list);
	free(c.nodes);
	util_free_list(c.want.outputs);
	if (c.g)
		graph_free(c.g);
	return c.accepted ? 0 : CMD_FAILED;
}

const struct cmd cmd_check = {
	.name = "check",
	.what = "say which parts of a model are supported",
	.help = help,
	.options = options,
	.run = check_run,
};
