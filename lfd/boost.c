// SPDX-License-Identifier: GPL-2.0
/*
 * Forests by XGBoost's C API (Chen and Guestrin, KDD 2016): softmax over classes with one tree per
 * class and round, or squared error of one value.
 *
 *	refit		the trees of the previous forest keep their tests; leaves are recomputed
 *			from the rows that reach them (updater "refresh")
 *	new trees	further rounds on top, while the loss on held-out flows falls and the bound
 *			on rounds allows
 *	from scratch	if no round is left, there is no previous forest, or this has less loss
 *
 * Adding rounds stops five rounds after the lowest loss, where the forest is then cut (stability).
 * Trees come out as JSON and become a struct graph, whose thresholds are XGBoost's own: feature <
 * threshold, in units and single precision.
 */
#include "boost.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>
#include <xgboost/c_api.h>

#include "codegen/util.h"

#define PATIENCE	5	/* rounds without a lower loss */
#define BETTER		0.98	/* loss from scratch must be below this times the old */

struct boost {
	DMatrixHandle train, held;
	BoosterHandle booster;
	const struct dataset *d;
	double base;			/* the base score of outputs */
	struct graph_err *err;
};

static uint64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* XGBoost's error messages have a stack trace after the first line. */
static int failed(struct boost *b, const char *what)
{
	return util_fail(b->err, "XGBoost: %s: %.*s", what, (int)strcspn(XGBGetLastError(), "\n"),
			 XGBGetLastError());
}

/* --- rows --- */

static int matrix(struct boost *b, const double *weight, DMatrixHandle *m)
{
	const struct dataset *d = b->d;
	float *x = util_alloc(d->n * d->n_in + 1, sizeof(*x)),
	      *y = util_alloc(d->n + 1, sizeof(*y));
	float *w = util_alloc(d->n + 1, sizeof(*w));
	size_t i, n = 0;
	uint32_t k;
	int ret;

	for (i = 0; i < d->n; i++) {
		if (!(weight[i] > 0))
			continue;
		for (k = 0; k < d->n_in; k++)
			x[n * d->n_in + k] = d->x[i * d->n_in + k];
		y[n] = d->y[i];
		w[n++] = weight[i];
	}
	ret = XGDMatrixCreateFromMat(x, n, d->n_in, NAN, m) ||
			      XGDMatrixSetFloatInfo(*m, "label", y, n) ||
			      XGDMatrixSetFloatInfo(*m, "weight", w, n)
		      ? failed(b, "rows")
		      : 0;
	free(x);
	free(y);
	free(w);
	return ret;
}

/* Values are learnt around their mean; margins of classes start equal. */
static double base_of(const struct dataset *d)
{
	double sum = 0, n = 0;
	size_t i;

	for (i = 0; i < d->n; i++) {
		sum += d->w[i] * d->y[i];
		n += d->w[i];
	}
	return d->n_classes || !(n > 0) ? 0.5 : (float)(sum / n);
}

/* --- boosters --- */

static int param(struct boost *b, const char *name, const char *fmt, ...)
	__attribute__((__format__(printf, 3, 4)));

static int param(struct boost *b, const char *name, const char *fmt, ...)
{
	char value[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	return XGBoosterSetParam(b->booster, name, value) ? failed(b, name) : 0;
}

static int params(struct boost *b, const struct boost_want *want)
{
	const struct dataset *d = b->d;

	if (param(b, "nthread", "1") || param(b, "verbosity", "0") || param(b, "seed", "1") ||
	    param(b, "tree_method", "hist") || param(b, "max_depth", "%u", want->depth) ||
	    param(b, "eta", "0.3"))
		return -1;
	if (!d->n_classes)
		return param(b, "objective", "reg:squarederror") ||
				       param(b, "eval_metric", "rmse") ||
				       param(b, "base_score", "%.9g", b->base)
			       ? -1
			       : 0;
	return param(b, "objective", "multi:softprob") ||
			       param(b, "num_class", "%u", d->n_classes) ||
			       param(b, "eval_metric", "mlogloss") || param(b, "base_score", "0.5")
		       ? -1
		       : 0;
}

static int begin(struct boost *b, const struct boost_want *want, const char *from)
{
	DMatrixHandle both[] = { b->train, b->held };

	if (b->booster)
		XGBoosterFree(b->booster);
	b->booster = NULL;
	if (XGBoosterCreate(both, 2, &b->booster))
		return failed(b, "begin");
	if (from && XGBoosterLoadModel(b->booster, from))
		return failed(b, from);
	return params(b, want);
}

/* Reads the number in "[0]\theld-mlogloss:0.123". */
static int held_loss(struct boost *b, int round, double *loss)
{
	const char *names[] = { "held" }, *text, *colon;

	if (XGBoosterEvalOneIter(b->booster, round, &b->held, names, 1, &text))
		return failed(b, "evaluation");
	colon = strrchr(text, ':');
	*loss = colon ? strtod(colon + 1, NULL) : NAN;
	return isfinite(*loss) ? 0 :
				 util_fail(b->err, "XGBoost: the loss is not a number: %s", text);
}

static int cut(struct boost *b, uint32_t rounds)
{
	BoosterHandle part;

	if (XGBoosterSlice(b->booster, 0, rounds, 1, &part))
		return failed(b, "cut");
	XGBoosterFree(b->booster);
	b->booster = part;
	return 0;
}

static int save(struct boost *b, const char *path)
{
	return XGBoosterSaveModel(b->booster, path) ? failed(b, path) : 0;
}

/* Recomputes the leaves, round by round; then makes the forest one that can grow. */
static int refit(struct boost *b, const struct boost_want *want, struct boost_result *r)
{
	uint32_t i;
	int rounds;

	if (begin(b, want, want->before) || XGBoosterBoostedRounds(b->booster, &rounds))
		return -1;
	r->before = rounds;
	if (r->before >= want->rounds)
		return 0;
	if (param(b, "process_type", "update") || param(b, "updater", "refresh") ||
	    param(b, "refresh_leaf", "1"))
		return -1;
	for (i = 0; i < r->before; i++)
		if (XGBoosterUpdateOneIter(b->booster, i, b->train))
			return failed(b, "refit");
	return save(b, want->after) || begin(b, want, want->after) ? -1 : 0;
}

static int grow(struct boost *b, const struct boost_want *want, struct boost_result *r)
{
	uint32_t best = r->before;
	double least = INFINITY;

	r->rounds = r->before;
	if (r->rounds) {
		if (held_loss(b, 0, &least))
			return -1;
		r->loss[r->n++] = least;
	}
	while (r->rounds < want->rounds && r->rounds < best + PATIENCE && cpu_now() < want->until) {
		if (XGBoosterUpdateOneIter(b->booster, r->rounds, b->train))
			return failed(b, "a new round");
		if (held_loss(b, r->rounds++, &r->loss[r->n]))
			return -1;
		if (r->loss[r->n] < least * (1 - 1e-4) || !best) {
			least = r->loss[r->n];
			best = r->rounds;
		}
		r->n++;
	}
	/* Running out of rounds counts as settled, too. */
	r->settled = r->rounds >= best + PATIENCE || r->rounds == want->rounds;
	if (best < r->rounds && cut(b, best))
		return -1;
	r->rounds = best;
	r->least = least;
	return 0;
}

/* --- to a graph --- */

static int node(struct graph_tree *t, struct json_object *o, uint32_t n_inputs, uint32_t outputs,
		uint32_t output, uint32_t *at, struct graph_err *err)
{
	struct json_object *leaf = json_object_object_get(o, "leaf"),
			   *children = json_object_object_get(o, "children");
	const char *split = json_object_get_string(json_object_object_get(o, "split"));
	struct json_object *a, *b, *condition;
	uint32_t me = (*at)++, child;

	if (me >= t->n_nodes)
		return util_fail(err, "XGBoost: a tree has more nodes than it said");
	if (leaf) {
		t->nodes[me].leaf = true;
		t->nodes[me].value = util_alloc(outputs, sizeof(double));
		t->nodes[me].value[output] = json_object_get_double(leaf);
		return 0;
	}
	if (!children || json_object_array_length(children) != 2 || !split || *split != 'f' ||
	    strtoul(split + 1, NULL, 10) >= n_inputs)
		return util_fail(err, "XGBoost: a node is invalid: %s",
				 json_object_to_json_string(o));
	a = json_object_array_get_idx(children, 0);
	b = json_object_array_get_idx(children, 1);
	/* The child for the answer yes is identified by its number. */
	if (json_object_get_int(json_object_object_get(a, "nodeid")) !=
	    json_object_get_int(json_object_object_get(o, "yes"))) {
		struct json_object *swap = a;

		a = b;
		b = swap;
	}
	condition = json_object_object_get(o, "split_condition");
	t->nodes[me].thr = (float)json_object_get_double(condition);
	t->nodes[me].input = strtoul(split + 1, NULL, 10);
	t->nodes[me].strict = true;
	child = *at;
	if (node(t, a, n_inputs, outputs, output, at, err))
		return -1;
	t->nodes[me].yes = child;
	t->nodes[me].no = *at;
	return node(t, b, n_inputs, outputs, output, at, err);
}

static uint32_t count_nodes(struct json_object *o)
{
	struct json_object *children = json_object_object_get(o, "children");
	uint32_t n = 1;
	size_t i;

	for (i = 0; children && i < json_object_array_length(children); i++)
		n += count_nodes(json_object_array_get_idx(children, i));
	return n;
}

static int tree(struct graph_tree *t, const char *json, uint32_t n_inputs, uint32_t outputs,
		uint32_t output, struct graph_err *err)
{
	struct json_object *o = json_tokener_parse(json);
	uint32_t at = 0;
	int ret;

	if (!o)
		return util_fail(err, "XGBoost: a tree is not JSON");
	t->n_nodes = count_nodes(o);
	t->nodes = util_alloc(t->n_nodes, sizeof(*t->nodes));
	ret = node(t, o, n_inputs, outputs, output, &at, err);
	json_object_put(o);
	return ret;
}

static struct graph *to_graph(struct boost *b)
{
	const struct dataset *d = b->d;
	uint32_t outputs = d->n_classes ? d->n_classes : 1, i;
	struct graph *g = util_alloc(1, sizeof(*g));
	const char **dump;
	bst_ulong n;

	g->kind = GRAPH_FOREST;
	g->name = util_strdup("lfd");
	g->producer = util_strdup("xgboost");
	g->n_inputs = d->n_in;
	g->n_outputs = outputs;
	g->classes = d->n_classes > 0;
	g->base = util_alloc(outputs, sizeof(double));
	for (i = 0; i < outputs; i++)
		g->base[i] = d->n_classes ? 0 : b->base;
	if (XGBoosterDumpModelEx(b->booster, "", 0, "json", &n, &dump)) {
		failed(b, "trees");
		graph_free(g);
		return NULL;
	}
	g->trees = util_alloc(n ? n : 1, sizeof(*g->trees));
	for (i = 0; i < n; i++) {
		g->n_trees++;
		if (tree(&g->trees[i], dump[i], d->n_in, outputs, i % outputs, b->err)) {
			graph_free(g);
			return NULL;
		}
	}
	return g;
}

/* --- */

static int prepare(struct boost *b, const struct dataset *d, struct graph_err *err)
{
	memset(b, 0, sizeof(*b));
	b->d = d;
	b->err = err;
	b->base = base_of(d);
	return matrix(b, d->w, &b->train) || matrix(b, d->hw, &b->held) ? -1 : 0;
}

static void clean_up(struct boost *b)
{
	if (b->booster)
		XGBoosterFree(b->booster);
	if (b->train)
		XGDMatrixFree(b->train);
	if (b->held)
		XGDMatrixFree(b->held);
}

static int scratch(struct boost *b, const struct boost_want *want, struct boost_result *r)
{
	memset(r, 0, sizeof(*r));
	r->fresh = true;
	return begin(b, want, NULL) || grow(b, want, r) ? -1 : 0;
}

/* Trains both ways if there is an old forest: after large changes, from scratch is better. */
static int train(struct boost *b, const struct boost_want *want, struct boost_result *r)
{
	struct boost_result fresh;

	if (!want->before || access(want->before, R_OK) || refit(b, want, r) ||
	    r->before >= want->rounds)
		return scratch(b, want, r);
	if (grow(b, want, r) || save(b, want->after))
		return -1;
	if (cpu_now() >= want->until)
		return 0;
	if (scratch(b, want, &fresh))
		return -1;
	if (!(fresh.least < BETTER * r->least))
		return begin(b, want, want->after);
	*r = fresh;
	return 0;
}

struct graph *boost_train(const struct dataset *d, const struct boost_want *want,
			  struct boost_result *r, struct graph_err *err)
{
	struct graph *g = NULL;
	struct boost b;

	memset(r, 0, sizeof(*r));
	if (!prepare(&b, d, err) && !train(&b, want, r) && !save(&b, want->after))
		g = to_graph(&b);
	clean_up(&b);
	return g;
}

struct graph *boost_shorten(const struct dataset *d, const struct boost_want *want, uint32_t rounds,
			    struct graph_err *err)
{
	struct graph *g = NULL;
	struct boost b;

	if (!prepare(&b, d, err) && !begin(&b, want, want->after) && !cut(&b, rounds) &&
	    !save(&b, want->after))
		g = to_graph(&b);
	clean_up(&b);
	return g;
}
