// SPDX-License-Identifier: GPL-2.0
/*
 * Forests made here: a stump or two, every mode, scores as ONNX Runtime makes them, and one refusal
 * per rule.
 */
#include "make_onnx.h"
#include "onnx_import.h"
#include "try.h"

static struct graph_err err;

/* One tree over two inputs: x0 ? 2.5 -> leaf 1, else x1 ? -1 -> leaf 3, else leaf 4. */
struct stump {
	const char *modes;
	const char *op;
	int64_t yes0, no0;		/* of the root: 1 and 2, unless spoilt */
	int64_t ids[3];			/* classes of leaves 1, 3 and 4 */
	float weights[3];
	int n_classes;
	const char *post, *aggregate;
	int n_base;
	float base[3];
	int64_t feature;
	int64_t weight_node;		/* of the first weight */
	int64_t tree_of_4;
};

static const struct stump plain = {
	.modes = "BRANCH_LEQ LEAF BRANCH_LEQ LEAF LEAF",
	.op = "TreeEnsembleClassifier",
	.yes0 = 1,
	.no0 = 2,
	.ids = { 0, 1, 2 },
	.weights = { 1, 2, 3 },
	.n_classes = 3,
	.weight_node = 1,
};

static struct mo *stump_model(const struct stump *s)
{
	bool regressor = strstr(s->op, "Regressor");
	struct mo *m = mo_new(13);
	char op[64], name[32];
	const char *kind = regressor ? "target" : "class";
	Onnx__Node *n;

	mo_opset(m, "ai.onnx.ml", 3);
	mo_input(m, "x", 2, 0, 2);
	snprintf(op, sizeof(op), "ai.onnx.ml:%s", s->op);
	n = mo_node(m, op, "x", regressor ? "y" : "y p");
	mo_is(m, n, "nodes_treeids", (int64_t[]) { 0, 0, 0, 0, s->tree_of_4 }, 5);
	mo_is(m, n, "nodes_nodeids", (int64_t[]) { 0, 1, 2, 3, 4 }, 5);
	mo_is(m, n, "nodes_truenodeids", (int64_t[]) { s->yes0, 0, 3, 0, 0 }, 5);
	mo_is(m, n, "nodes_falsenodeids", (int64_t[]) { s->no0, 0, 4, 0, 0 }, 5);
	mo_is(m, n, "nodes_featureids", (int64_t[]) { 0, 0, s->feature ? s->feature : 1, 0, 0 }, 5);
	mo_fs(m, n, "nodes_values", (float[]) { 2.5, 0, -1, 0, 0 }, 5);
	mo_ss(m, n, "nodes_modes", s->modes);
	snprintf(name, sizeof(name), "%s_treeids", kind);
	mo_is(m, n, name, (int64_t[]) { 0, 0, s->tree_of_4 }, 3);
	snprintf(name, sizeof(name), "%s_nodeids", kind);
	mo_is(m, n, name, (int64_t[]) { s->weight_node, 3, 4 }, 3);
	snprintf(name, sizeof(name), "%s_ids", kind);
	mo_is(m, n, name, s->ids, 3);
	snprintf(name, sizeof(name), "%s_weights", kind);
	mo_fs(m, n, name, s->weights, 3);
	if (s->n_base)
		mo_fs(m, n, "base_values", s->base, s->n_base);
	if (s->post)
		mo_s(m, n, "post_transform", s->post);
	if (s->aggregate)
		mo_s(m, n, "aggregate_function", s->aggregate);
	if (regressor)
		mo_i(m, n, "n_targets", s->n_classes);
	else
		mo_is(m, n, "classlabels_int64s", (int64_t[]) { 0, 1, 2 }, s->n_classes);
	mo_output(m, "y");
	return m;
}

static void gives(struct graph *g, double x0, double x1, int n, const double *want)
{
	try_gives(g, (double[]) { x0, x1 }, n, want, 1e-6);
}

static void test_classifier(void **state)
{
	struct graph *g = try_imported(mo_import(stump_model(&plain), &err), &err);

	(void)state;
	assert_true(g->classes);
	assert_null(g->class_names);
	gives(g, 2.5, 9, 3, (double[]) { 1, 0, 0 });
	gives(g, 3, -1, 3, (double[]) { 0, 2, 0 });
	gives(g, 3, 0, 3, (double[]) { 0, 0, 3 });
	graph_free(g);
}

/* At the threshold: LEQ says yes, LT no, GTE yes, GT no. */
static void test_modes(void **state)
{
	static const struct {
		const char *modes;
		double at, below;	/* score of leaf 1 */
	} rows[] = {
		{ "BRANCH_LEQ LEAF BRANCH_LEQ LEAF LEAF", 1, 1 },
		{ "BRANCH_LT LEAF BRANCH_LEQ LEAF LEAF", 0, 1 },
		{ "BRANCH_GTE LEAF BRANCH_LEQ LEAF LEAF", 1, 0 },
		{ "BRANCH_GT LEAF BRANCH_LEQ LEAF LEAF", 0, 0 },
		{ "BRANCH_EQ LEAF BRANCH_LEQ LEAF LEAF", 1, 0 },
		{ "BRANCH_NEQ LEAF BRANCH_LEQ LEAF LEAF", 0, 1 },
	};
	struct stump s = plain;
	struct graph *g;
	double y[3];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		s.modes = rows[i].modes;
		g = try_imported(mo_import(stump_model(&s), &err), &err);
		graph_run(g, (double[]) { 2.5, 0 }, y);
		try_near(y[0], rows[i].at, 0);
		graph_run(g, (double[]) { 2, 0 }, y);
		try_near(y[0], rows[i].below, 0);
		graph_free(g);
	}
}

/* Two classes with the weights of one. */
static void test_binary(void **state)
{
	struct stump s = plain;
	struct graph *g;

	(void)state;
	s.n_classes = 2;
	s.ids[0] = s.ids[1] = s.ids[2] = 0;
	s.weights[0] = .25;
	s.weights[1] = .75;
	s.weights[2] = 1;
	/* all positive: a probability */
	g = try_imported(mo_import(stump_model(&s), &err), &err);
	gives(g, 2, 0, 2, (double[]) { .75, .25 });
	gives(g, 3, -1, 2, (double[]) { .25, .75 });
	graph_free(g);

	s.weights[0] = -2;						/* a margin */
	s.n_base = 1;
	s.base[0] = .5;
	s.post = "LOGISTIC";
	g = try_imported(mo_import(stump_model(&s), &err), &err);
	gives(g, 2, 0, 2, (double[]) { 1.5, -1.5 });
	gives(g, 3, 0, 2, (double[]) { -1.5, 1.5 });
	graph_free(g);
}

static void test_regressor(void **state)
{
	struct stump s = plain;
	struct graph *g;

	(void)state;
	s.op = "TreeEnsembleRegressor";
	s.n_classes = 2;
	s.ids[2] = 0;
	s.n_base = 2;
	s.base[0] = 10;
	s.base[1] = 20;
	g = try_imported(mo_import(stump_model(&s), &err), &err);
	assert_false(g->classes);
	gives(g, 2, 0, 2, (double[]) { 11, 20 });
	gives(g, 3, -2, 2, (double[]) { 10, 22 });
	gives(g, 3, 0, 2, (double[]) { 13, 20 });
	graph_free(g);
}

/* A scaler before the trees, names of classes, two trees, averaging: the samples. */
static void test_samples(void **state)
{
	struct graph *g = try_imported(mo_import(mo_sample(3), &err), &err);

	(void)state;
	assert_string_equal(g->class_names[2], "voice");
	assert_int_equal(g->n_trees, 2);
	/* (x0 - 1) / 2 <= .5 is x0 <= 2; (x1 - 2) / 2 > -1 is x1 > 0, which gives leaf 8 */
	gives(g, 2, 1, 3, (double[]) { 1, 0, 3 });
	gives(g, 2.1, 0, 3, (double[]) { -1, 2, 0 });
	graph_free(g);
	g = try_imported(mo_import(mo_sample(4), &err), &err);
	gives(g, 2, 1, 3, (double[]) { .5, 0, 1.5 });
	gives(g, 2.1, 0, 3, (double[]) { -.5, 1, 0 });
	graph_free(g);
}

/*
 * x0 is 3, 7 or 8 ? leaf 1 : x1 <= 2 ? leaf 5 : leaf 6, as LightGBM's set is written: three tests
 * lead to one leaf.
 */
static void test_categories(void **state)
{
	struct mo *m = mo_new(13);
	struct graph *g;
	Onnx__Node *n;
	double y, x;

	(void)state;
	mo_opset(m, "ai.onnx.ml", 3);
	mo_input(m, "x", 2, 0, 2);
	n = mo_node(m, "ai.onnx.ml:TreeEnsembleRegressor", "x", "y");
	mo_is(m, n, "nodes_treeids", (int64_t[]) { 0, 0, 0, 0, 0, 0, 0 }, 7);
	mo_is(m, n, "nodes_nodeids", (int64_t[]) { 0, 1, 2, 3, 4, 5, 6 }, 7);
	mo_is(m, n, "nodes_truenodeids", (int64_t[]) { 1, 0, 1, 1, 5, 0, 0 }, 7);
	mo_is(m, n, "nodes_falsenodeids", (int64_t[]) { 2, 0, 3, 4, 6, 0, 0 }, 7);
	mo_is(m, n, "nodes_featureids", (int64_t[]) { 0, 0, 0, 0, 1, 0, 0 }, 7);
	mo_fs(m, n, "nodes_values", (float[]) { 3, 0, 7, 8, 2, 0, 0 }, 7);
	mo_ss(m, n, "nodes_modes", "BRANCH_EQ LEAF BRANCH_EQ BRANCH_EQ BRANCH_LEQ LEAF LEAF");
	mo_is(m, n, "target_treeids", (int64_t[]) { 0, 0, 0 }, 3);
	mo_is(m, n, "target_nodeids", (int64_t[]) { 1, 5, 6 }, 3);
	mo_is(m, n, "target_ids", (int64_t[]) { 0, 0, 0 }, 3);
	mo_fs(m, n, "target_weights", (float[]) { 10, 20, 30 }, 3);
	mo_output(m, "y");
	g = try_imported(mo_import(m, &err), &err);
	for (x = 0; x < 10; x += .5) {
		graph_run(g, (double[]) { x, 2 }, &y);
		try_near(y, x == 3 || x == 7 || x == 8 ? 10 : 20, 0);
		graph_run(g, (double[]) { x, 3 }, &y);
		try_near(y, x == 3 || x == 7 || x == 8 ? 10 : 30, 0);
	}
	graph_free(g);
}

/*
 * TreeEnsemble: x0 <= 2.5 ? leaf 0 : x1 in { 4, 9, 5 } ? leaf 1 : x0 > 7 ? leaf 2 : leaf 0; and a
 * tree of one leaf.
 */
struct set5 {
	int64_t root1, yes1, mode, aggregate, post;
	int members;
};

static struct mo *set5_model(const struct set5 *s)
{
	struct mo *m = mo_new(21);
	Onnx__Node *n;

	mo_opset(m, "ai.onnx.ml", 5);
	mo_input(m, "x", 2, 0, 2);
	n = mo_node(m, "ai.onnx.ml:TreeEnsemble", "x", "y");
	mo_i(m, n, "n_targets", 2);
	mo_i(m, n, "aggregate_function", s->aggregate);
	mo_i(m, n, "post_transform", s->post);
	mo_is(m, n, "tree_roots", (int64_t[]) { 0, s->root1 }, 2);
	mo_is(m, n, "nodes_featureids", (int64_t[]) { 0, 1, 0, 0 }, 4);
	mo_is(m, n, "nodes_truenodeids", (int64_t[]) { 0, s->yes1, 2, 3 }, 4);
	mo_is(m, n, "nodes_trueleafs", (int64_t[]) { 1, 1, 1, 1 }, 4);
	mo_is(m, n, "nodes_falsenodeids", (int64_t[]) { 1, 2, 0, 3 }, 4);
	mo_is(m, n, "nodes_falseleafs", (int64_t[]) { 0, 0, 1, 1 }, 4);
	mo_t(m, n, "nodes_splits", ONNX_FLOAT, (double[]) { 2.5, 0, 7, 0 }, 4);
	mo_t(m, n, "nodes_modes", ONNX_UINT8, (double[]) { 0, s->mode, 3, 0 }, 4);
	mo_t(m, n, "membership_values", ONNX_FLOAT, (double[]) { 4, 9, 5, NAN }, s->members);
	mo_is(m, n, "leaf_targetids", (int64_t[]) { 0, 1, 0, 1 }, 4);
	mo_t(m, n, "leaf_weights", ONNX_FLOAT, (double[]) { 1, 2, 4, 8 }, 4);
	mo_output(m, "y");
	return m;
}

static const struct set5 set5 = { .root1 = 3, .yes1 = 1, .mode = 6, .aggregate = 1, .members = 4 };

static void test_set5(void **state)
{
	static const struct {
		struct set5 s;
		const char *words;
	} rows[] = {
		{ { 1, 1, 6, 1, 0, 4 }, "tree 1: a branch leads into tree 0" },
		{ { 9, 1, 6, 1, 0, 4 }, "tree 1: a branch leads to no node" },
		{ { 3, 9, 6, 1, 0, 4 }, "tree 0: a branch leads to no node" },
		{ { 3, 3, 6, 1, 0, 4 }, "a branch leads into tree" },
		{ { 3, 1, 9, 1, 0, 4 }, "mode 9 of node 1 is not supported" },
		{ { 3, 1, 6, 2, 0, 4 },
		  "attribute value of 'aggregate_function' is not supported" },
		{ { 3, 1, 6, 1, 4, 4 }, "attribute value of 'post_transform' is not supported" },
	};
	struct graph *g = try_imported(mo_import(set5_model(&set5), &err), &err);
	struct set5 s = set5;
	size_t i;

	(void)state;
	gives(g, 2.5, 4, 2, (double[]) { 1, 8 });
	gives(g, 3, 4, 2, (double[]) { 0, 10 });
	gives(g, 3, 5, 2, (double[]) { 0, 10 });
	gives(g, 3, 9, 2, (double[]) { 0, 10 });
	gives(g, 7, 6, 2, (double[]) { 1, 8 });
	gives(g, 8, 6, 2, (double[]) { 4, 8 });
	graph_free(g);
	s.aggregate = 0;
	g = try_imported(mo_import(set5_model(&s), &err), &err);
	gives(g, 3, 4, 2, (double[]) { 0, 5 });
	graph_free(g);
	s = set5;
	s.mode = 5;	/* x1 != 0 */
	g = try_imported(mo_import(set5_model(&s), &err), &err);
	gives(g, 3, 1, 2, (double[]) { 0, 10 });
	gives(g, 3, 0, 2, (double[]) { 1, 8 });
	graph_free(g);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		try_refused(mo_import(set5_model(&rows[i].s), &err), &err, rows[i].words);
}

/*
 * CatBoost: all tests of a level alike, true is the greater side, two classes with weights of their
 * own.
 */
static void test_catboost(void **state)
{
	struct stump s = plain;
	struct graph *g;

	(void)state;
	s.modes = "BRANCH_GT LEAF BRANCH_GT LEAF LEAF";
	s.n_classes = 2;
	s.ids[0] = 0;
	s.ids[1] = 1;
	s.ids[2] = 0;
	s.post = "LOGISTIC";
	g = try_imported(mo_import(stump_model(&s), &err), &err);
	gives(g, 3, 0, 2, (double[]) { 1, 0 });
	gives(g, 2.5, 0, 2, (double[]) { 0, 2 });
	gives(g, 2.5, -1, 2, (double[]) { 3, 0 });
	graph_free(g);
	s.n_base = 2;
	s.base[0] = -1;
	s.base[1] = 1;
	try_refused(mo_import(stump_model(&s), &err), &err, "2 base values for 2 classes with "
		    "weights of their own: ONNX Runtime does not add them");
}

/* --- refusals --- */

static void b_mode(struct stump *s)	{ s->modes = "BRANCH_NEAR LEAF BRANCH_LEQ LEAF LEAF"; }
static void b_nowhere(struct stump *s)	{ s->yes0 = 9; }
static void b_loop(struct stump *s)	{ s->no0 = 0; }
static void b_shared(struct stump *s)	{ s->no0 = 3; }
static void b_other(struct stump *s)	{ s->tree_of_4 = 1; }
static void b_feature(struct stump *s)	{ s->feature = 2; }
static void b_negative(struct stump *s)	{ s->feature = -1; }
static void b_inner(struct stump *s)	{ s->weight_node = 2; }
static void b_class(struct stump *s)	{ s->ids[1] = 3; }
static void b_labels(struct stump *s)	{ s->n_classes = 1; s->ids[1] = s->ids[2] = 0; }
static void b_post(struct stump *s)	{ s->post = "PROBIT"; }
static void b_nan(struct stump *s)	{ s->weights[0] = NAN; }
static void b_base(struct stump *s)	{ s->n_base = 2; }
static void b_short(struct stump *s)	{ s->modes = "BRANCH_LEQ LEAF BRANCH_LEQ LEAF"; }
static void b_min(struct stump *s)	{ s->op = "TreeEnsembleRegressor"; s->aggregate = "MIN"; }
static void b_rpost(struct stump *s)	{ s->op = "TreeEnsembleRegressor"; s->post = "LOGISTIC"; }
static void b_targets(struct stump *s)	{ s->op = "TreeEnsembleRegressor"; s->n_classes = 65; }

static const struct {
	void (*spoil)(struct stump *s);
	const char *words;
} refusals[] = {
	{ b_mode, "tree 0: mode 'BRANCH_NEAR' of node 0 is not supported" },
	{ b_nowhere, "tree 0: a branch of node 0 leads to no node" },
	{ b_loop, "tree 0: 2 of its 5 nodes cannot be reached" },
	{ b_shared, "tree 0: 3 of its 5 nodes cannot be reached" },
	{ b_other, "tree 0: a branch of node 2 leads to no node" },
	{ b_feature, "tree 0: node 2 tests input 2 of 2" },
	{ b_negative, "tree 0: node 2 tests input -1 of 2" },
	{ b_inner, "weight 0 is of tree 0 node 2, which is not a leaf" },
	{ b_class, "weight 1 is of output 3 of 3" },
	{ b_labels, "1 class labels" },
	{ b_post, "attribute value of 'post_transform' is not supported" },
	{ b_nan, "'class_weights' has an infinite number or one that is not a number" },
	{ b_base, "2 base values for 3 classes" },
	{ b_short, "attribute 'nodes_treeids' has 5 numbers, not 4" },
	{ b_min, "attribute value of 'aggregate_function' is not supported" },
	{ b_rpost, "attribute value of 'post_transform' is not supported" },
	{ b_targets, "65 outputs, not 1 to 64" },
};

static void test_refusals(void **state)
{
	struct stump s;
	struct mo *m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		s = plain;
		refusals[i].spoil(&s);
		try_refused(mo_import(stump_model(&s), &err), &err, refusals[i].words);
	}
	m = stump_model(&plain);
	mo_node(m, "Relu", "p", "z");
	mo_output(m, "z");	/* else nobody would look at it */
	try_refused(mo_import(m, &err), &err, "(Relu): it cannot take class scores ('p')");
	m = mo_sample(4);
	mo_node(m, "Relu", "y", "z");
	mo_output(m, "z");
	try_refused(mo_import(m, &err), &err,
		    "(Relu): nothing that computes may follow TreeEnsembleRegressor");
	print_message("%zu refusals\n", ARRAY_SIZE(refusals) + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classifier), cmocka_unit_test(test_modes),
		cmocka_unit_test(test_binary),	   cmocka_unit_test(test_regressor),
		cmocka_unit_test(test_samples),	   cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_categories), cmocka_unit_test(test_set5),
		cmocka_unit_test(test_catboost),
	};

	return cmocka_run_group_tests_name("import: ONNX forests", tests, NULL, NULL);
}
