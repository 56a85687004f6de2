// SPDX-License-Identifier: GPL-2.0
/*
 * lfd-train: one training, in a separate process, started by lfd.
 *
 *	lfd-train CONF DIR [SNAPSHOT]
 *
 *	DIR/store, DIR/incumbent.json -> dataset -> net, forest or external trainer
 *	-> freeze() -> judge() -> DIR/candidate.lfs, DIR/candidate.json
 *
 * For policies train_policy.c has the way. A given candidate (SNAPSHOT) skips the training. lfd
 * limits processor time, memory and CPUs before it starts this program, which has no privileges:
 * ONNX files, XGBoost and BLAS are handled here and not in the daemon. The decision and its reason
 * are in candidate.json; the exit status says only whether there is one.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "adam.h"
#include "boost.h"
#include "codegen/cmd.h"
#include "external.h"
#include "judge.h"
#include "lfctl/lib/out.h"
#include "train.h"

#define SHORTER		0.8	/* of the rounds, if a forest exceeds the budget */

/* --- kinds of models --- */

static uint64_t until(const struct train *t)
{
	return t->s.time / 10 * 8;
}

/* The previous net, that of a file, or a fresh one. */
static int begin_net(struct train *t, struct net *net, bool *fresh)
{
	uint32_t width[NET_LAYERS + 1] = { t->d.n_in };
	uint32_t out = t->d.n_classes ? t->d.n_classes : 1, l;
	struct graph *g;
	int ret;

	*fresh = false;
	if (!access(train_path(t, "net"), R_OK) && !net_load(net, train_path(t, "net"), &t->err)) {
		if (net->width[0] == t->d.n_in && net->width[net->n] == out)
			return 0;
		net_free(net);
	}
	if (*t->s.start) {
		g = cmd_import(t->s.start, NULL, &t->err);
		if (!g)
			return -1;
		ret = net_of_graph(net, g, &t->err);
		graph_free(g);
		if (!ret && (net->width[0] != t->d.n_in || net->width[net->n] != out))
			return util_fail(&t->err,
					 "%s has %u inputs and %u outputs, the slot's rows have %u "
					 "and %u labels",
					 t->s.start, net->width[0], net->width[net->n], t->d.n_in,
					 out);
		return ret;
	}
	for (l = 0; l < t->s.n_layers; l++)
		width[l + 1] = t->s.layers[l];
	width[l + 1] = out;
	net_make(net, l + 1, width, t->s.act, 1);
	*fresh = true;
	return 0;
}

static struct graph *train_net(struct train *t)
{
	struct adam_result r;
	struct graph *g = NULL;
	struct net net;
	bool fresh;

	if (begin_net(t, &net, &fresh))
		return NULL;
	adam_train(&net, &t->d, fresh, until(t), &r);
	out_add_u64(t->report, "epochs", r.epochs);
	if (r.epochs)
		out_add_digits(t->report, "held_loss", r.loss[r.epochs - 1]);
	out_add_bool(t->report, "settled", r.settled);
	if (net_save(&net, train_path(t, "candidate.net"), &t->err))
		;
	else if (!r.settled)
		util_fail(&t->err, "the loss has not settled after %u epochs", r.epochs);
	else
		g = net_graph(&net, t->name, t->d.n_classes);
	net_free(&net);
	return g;
}

/* As many rounds as fit the slot's budget. */
static struct graph *within_budget(struct train *t, const struct boost_want *want, uint32_t rounds,
				   struct graph *g)
{
	while (g && !freeze(g, &t->d, t->name, &t->new, &t->frozen, &t->err)) {
		if (!t->budget_ns || t->new.info.ns <= t->budget_ns || rounds < 2)
			return g;
		lfs_free(&t->new);
		graph_free(g);
		rounds *= SHORTER;
		g = boost_shorten(&t->d, want, rounds, &t->err);
		out_add_u64(t->report, "shortened_to", rounds);
	}
	if (g)
		graph_free(g);
	return NULL;
}

static struct graph *train_forest(struct train *t)
{
	struct boost_want want = {
		.depth = t->s.depth, .rounds = t->s.rounds, .until = until(t),
		.before = train_path(t, "forest.json"),
		.after = train_path(t, "candidate.forest.json"),
	};
	struct boost_result r;
	struct graph *g = boost_train(&t->d, &want, &r, &t->err);

	if (!g)
		return NULL;
	out_add_u64(t->report, "rounds_before", r.before);
	out_add_u64(t->report, "rounds", r.rounds);
	if (r.n)
		out_add_digits(t->report, "held_loss", r.loss[r.n - 1]);
	out_add_bool(t->report, "settled", r.settled);
	if (r.settled)
		return within_budget(t, &want, r.rounds, g);
	graph_free(g);
	util_fail(&t->err, "the loss has not settled after %u rounds", r.rounds);
	return NULL;
}

static struct graph *train_external(struct train *t)
{
	struct graph *g = external_train(&t->d, t->s.trainer, t->dir, t->s.time, &t->err);
	uint32_t out = t->d.n_classes ? t->d.n_classes : 1;

	if (g && (g->n_inputs != t->d.n_in || g->n_outputs != out)) {
		util_fail(&t->err,
			  "the trainer's model has %u inputs and %u outputs, the slot's rows have "
			  "%u and %u labels",
			  g->n_inputs, g->n_outputs, t->d.n_in, out);
		graph_free(g);
		return NULL;
	}
	return g;
}

/* --- one training --- */

static int make_candidate(struct train *t)
{
	struct graph *g;
	int ret = 0;

	if (t->offered)
		return lfs_read(&t->new, t->offered, &t->err);
	g = t->s.kind == KIND_NET      ? train_net(t)
	    : t->s.kind == KIND_FOREST ? train_forest(t)
				       : train_external(t);
	if (!g)
		return -1;
	if (t->s.kind != KIND_FOREST)
		ret = freeze(g, &t->d, t->name, &t->new, &t->frozen, &t->err);
	graph_free(g);
	if (!ret)
		out_add_digits(t->report, t->d.n_classes ? "agreement" : "quant_error",
			   t->d.n_classes ? t->frozen.agreement : t->frozen.error);
	return ret;
}

/* The same inputs in the same order, and outputs that mean the labels. */
static int check_fits(struct train *t)
{
	uint32_t i, n = t->new.info.n_outputs;
	struct plan_input in;
	struct plan_output out;

	if (t->new.info.n_inputs != t->d.n_in)
		return util_fail(&t->err, "it has %u inputs, the slot's rows have %u",
				 t->new.info.n_inputs, t->d.n_in);
	for (i = 0; i < t->d.n_in; i++) {
		in = lfs_input(&t->new, i);
		if (strcmp(in.name, t->d.names[i]))
			return util_fail(&t->err, "its input %u is %s, the slot's rows have %s", i,
					 in.name, t->d.names[i]);
	}
	if ((t->new.info.meaning == LQ_MEANING_CLASS) != (t->d.n_classes > 0) ||
	    (t->d.n_classes && n > t->d.n_classes))
		return util_fail(&t->err, "its outputs are not what this learner predicts");
	for (i = 0; t->d.n_classes && i < n; i++) {
		out = lfs_output(&t->new, i);
		if (strcmp(out.name, t->d.classes[i]))
			return util_fail(&t->err, "its class %u is %s, the learner's is %s", i,
					 out.name, t->d.classes[i]);
	}
	return 0;
}

static void tell_judgement(struct train *t, const struct judge_report *r)
{
	struct json_object *list = json_object_new_array();
	uint32_t i;

	out_add_digits(t->report, "fidelity_loss", r->fidelity);
	out_add_u64(t->report, "compared_rows", r->compared);
	out_add_u64(t->report, "held_out_flows", r->flows);
	train_tell_losses(t, &(struct train_losses){ r->loss_old, r->loss_new, r->diff, r->lo,
						     r->hi });
	out_add_bool(t->report, "undecided", r->undecided);
	if (r->seen)
		out_add_digits(t->report, "out_of_range", r->drifted);
	if (r->seen && !isnan(r->saturated))
		out_add_digits(t->report, "saturated", r->saturated);
	for (i = 0; i < t->d.n_in; i++)
		json_object_array_add(list, json_object_new_double(r->importance[i]));
	json_object_object_add(t->report, "importance", list);
}

static int work(struct train *t)
{
	struct judge_report r;
	char why[256];

	if (t->s.kind == KIND_POLICY)
		return train_policy(t);
	if (store_look(&t->store, train_path(t, "store"), why, sizeof(why)))
		return util_fail(&t->err, "%s", why);
	if (!dataset_make(&t->d, &t->store, t->s.anchor, t->s.share, t->since))
		return util_fail(&t->err, "out of memory");
	out_add_u64(t->report, "rows", t->d.n);
	out_add_u64(t->report, "labelled", t->d.n_labelled);
	if (incumbent_read(&t->old, train_path(t, "incumbent.json"), &t->err))
		return -1;
	if (!t->offered && (t->d.n_labelled == t->d.n_held || !t->d.n_held))
		return util_fail(&t->err, "there are too few labelled flows to train on some and "
					  "judge by others");
	if (make_candidate(t) || check_fits(t) || train_accept(t))
		return -1;
	judge(&t->d, &t->old, &t->new, &t->s, &r);
	tell_judgement(t, &r);
	return train_hand_over(t, r.reason);
}

static int finish(struct train *t, int bad)
{
	struct rusage used;
	const char *text;
	int ret;

	getrusage(RUSAGE_SELF, &used);
	out_add_digits(t->report, "cpu_s",
		   used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6 + used.ru_stime.tv_sec +
			   used.ru_stime.tv_usec / 1e6);
	out_add_u64(t->report, "memory_kib", used.ru_maxrss);
	out_add_bool(t->report, "accepted", !bad);
	if (bad)
		out_add_str(t->report, "reason", t->err.msg);
	text = json_object_to_json_string(t->report);
	ret = util_write(train_path(t, "candidate.json"), text, strlen(text), &t->err);
	if (ret)
		fprintf(stderr, "lfd-train: %s\n", t->err.msg);
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct train t;
	const char *budget = getenv("LFD_BUDGET_NS"), *name = getenv("LFD_NAME");
	const char *since = getenv("LFD_SINCE");

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: lfd-train CONF DIR [SNAPSHOT]\nlfd(8) starts it.\n");
		return 2;
	}
	umask(077);
	if (settings_read(&t.s, argv[1]))
		return 2;
	t.dir = argv[2];
	t.offered = argc > 3 ? argv[3] : NULL;
	t.since = since ? strtoull(since, NULL, 10) : 0;
	t.budget_ns = budget ? strtoul(budget, NULL, 10) : 0;
	util_name(t.name, sizeof(t.name), name ? name : t.s.name, "lfd");
	t.report = json_object_new_object();
	return finish(&t, work(&t));
}
