// SPDX-License-Identifier: GPL-2.0
/*
 * A flow's samples wait in the table of join.c for its outcome. Then it gets its label, if any, its
 * rows go to the store, and the callback that judges snapshots is called.
 *
 * Drift detection takes each flow once, at its fourth to seventh packet, where most kinds of
 * traffic differ, or at its end if it had no such sample.
 *
 * Connections under a policy have no labels. Their paths are measured instead (paths.c), drift is
 * of these measurements, and at the end of a connection the callback gets what it lost.
 */
#include "collect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lq/features.h>

#include "held.h"
#include "lfctl/lib/out.h"

#define DRIFT_FROM	4	/* packets */
#define DRIFT_TO	7

/* --- layout --- */

static bool add_class(struct store_layout *l, const char *name)
{
	uint32_t i;

	for (i = 0; i < l->n_classes; i++)
		if (!strcmp(l->classes[i], name))
			return true;
	if (l->n_classes == LQ_MAX_OUTPUTS)
		return false;
	snprintf(l->classes[l->n_classes++], LQ_NAME_LEN, "%s", name);
	return true;
}

bool collect_layout(struct store_layout *l, const struct settings *s, struct json_object *snapshot)
{
	uint32_t i;

	memset(l, 0, sizeof(*l));
	l->n_inputs = out_length(snapshot, "inputs");
	l->n_outputs = out_length(snapshot, "outputs");
	l->what = s->labels.what;
	if (!l->n_inputs || l->n_inputs > LQ_MAX_INPUTS || !l->n_outputs ||
	    l->n_outputs > LQ_MAX_OUTPUTS)
		return false;
	for (i = 0; i < l->n_inputs; i++)
		snprintf(l->inputs[i], LQ_NAME_LEN, "%s",
			 out_str(out_at(snapshot, "inputs", i), "name"));
	if (s->labels.what != LABEL_CLASS)
		return true;
	if (!strcmp(out_str(snapshot, "meaning"), "class"))
		for (i = 0; i < l->n_outputs; i++)
			add_class(l, out_str(out_at(snapshot, "outputs", i), "name"));
	for (i = 0; i < s->labels.n; i++)
		if (!add_class(l, s->labels.rule[i].class))
			return false;
	/* Later models have all classes as outputs. */
	l->n_outputs = l->n_classes;
	return l->n_classes >= 2;
}

static int column_of(const struct store_layout *l, const char *name)
{
	uint32_t i;

	for (i = 0; i < l->n_inputs; i++)
		if (!strcmp(l->inputs[i], name))
			return i;
	return -1;
}

static void find_columns(struct collect *c)
{
	int f;

	for (f = 0; f < FACTS; f++)
		c->column[f] = -1;
	c->column[FACT_DSCP] = column_of(&c->layout, "pkt.dscp");
	c->column[FACT_PROTO] = column_of(&c->layout, "pkt.proto");
	c->column[FACT_SPORT] = column_of(&c->layout, "pkt.sport");
	c->column[FACT_DPORT] = column_of(&c->layout, "pkt.dport");
	c->bytes_column = column_of(&c->layout, "flow.bytes");
	c->bytes_step = 0;
	if (c->bytes_column < 0) {
		c->bytes_column = column_of(&c->layout, "flow.bytes_log2");
		c->bytes_step = 1.0 / 256;
	}
}

static int open_rows(struct collect *c, const char *dir, char *why, size_t size)
{
	const struct settings *s = c->set;
	char path[PATH_MAX];

	c->store.fd = -1;
	snprintf(path, sizeof(path), c->policy ? "%s/paths" : "%s/store", dir);
	if (c->policy)
		return paths_open(&c->paths, path, s->flows, why, size);
	return store_open(&c->store, path, &c->layout, s->size, s->share, why, size);
}

static void close_rows(struct collect *c)
{
	if (c->policy)
		paths_close(&c->paths);
	else
		store_close(&c->store);
}

int collect_open(struct collect *c, const struct settings *s, const struct store_layout *l,
		 const char *dir, const double *weight, char *why, size_t size)
{
	memset(c, 0, sizeof(*c));
	c->set = s;
	c->policy = settings_policy(s);
	c->layout = *l;
	c->lo = INFINITY;
	c->hi = -INFINITY;
	find_columns(c);
	if (open_rows(c, dir, why, size))
		return -1;
	if (!join_open(&c->join, l->n_inputs, l->n_outputs, s->flows)) {
		snprintf(why, size, "no memory for %u flows", s->flows);
		close_rows(c);
		return -1;
	}
	c->open = true;
	collect_watch_drift(c, weight);
	return 0;
}

void collect_watch_drift(struct collect *c, const double *weight)
{
	drift_end(&c->drift);
	c->alarm = false;
	if (c->set->drift)
		drift_begin(&c->drift, c->policy ? PATHS_COLUMNS : c->layout.n_inputs,
			    c->layout.n_classes, c->set->window, weight);
}

void collect_close(struct collect *c)
{
	if (!c->open)
		return;
	close_rows(c);
	join_close(&c->join);
	drift_end(&c->drift);
	c->open = false;
}

uint64_t collect_held(const struct collect *c, uint64_t since)
{
	return c->policy ? paths_held(&c->paths, since) : held_count(&c->store, since);
}

uint32_t collect_rows(const struct collect *c)
{
	return c->policy ? c->paths.n : store_rows(&c->store);
}

double collect_range(const struct collect *c)
{
	return c->hi - c->lo > 1 ? c->hi - c->lo : 1;
}

/* --- samples --- */

static void drifted(struct collect *c, const char *culprit)
{
	c->alarm = true;
	c->alarms++;
	c->distance = c->drift.distance;
	c->limit = c->drift.limit;
	snprintf(c->culprit, sizeof(c->culprit), "%s", culprit);
}

static void look_for_drift(struct collect *c, struct join_flow *f, const struct join_row *r)
{
	int32_t out = c->layout.n_classes ? r->verdict : r->xy[c->layout.n_inputs];
	uint32_t k;

	f->told = true;
	if (!c->drift.rows || !drift_add(&c->drift, r->xy, out))
		return;
	k = drift_culprit(&c->drift);
	drifted(c, k < c->layout.n_inputs ? c->layout.inputs[k] : "what it decides");
}

/* --- paths --- */

static void measured(struct collect *c, uint64_t flow)
{
	int32_t x[PATHS_COLUMNS + 1];

	c->held += held_flow(flow);
	paths_columns(&c->paths.last, x);
	if (c->drift.rows && drift_add(&c->drift, x, x[PATHS_COLUMNS]))
		drifted(c, paths_column_name(drift_culprit(&c->drift)));
}

static void add_interval(struct collect *c, const struct batch *b, uint32_t i,
			 const struct join_flow *f)
{
	uint32_t conn = f - c->join.flows;
	int32_t term[LQ_N_REWARDS];
	uint64_t flow = join_hash(f);

	if (f->n == 1)
		paths_begin(&c->paths, conn);
	if (!b->rewarded)
		return;
	batch_rewards(b, i, term);
	if (paths_interval(&c->paths, conn, flow, f->rows[f->n - 1].time_ns, term))
		measured(c, flow);
}

static void connection_ended(struct collect *c, const struct join_flow *f)
{
	uint64_t flow = join_hash(f);
	double loss;
	bool made;

	loss = paths_end(&c->paths, f - c->join.flows, flow, f->rows[f->n - 1].time_ns, &made);
	if (made)
		measured(c, flow);
	c->flows++;
	if (c->fn && !isnan(loss))
		c->fn(f, loss, c->data);
}

/* --- batches --- */

static void add_samples(struct collect *c, const struct batch *b)
{
	int32_t x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS] = { 0 };
	const struct join_row *r;
	struct batch_sample s;
	struct join_flow *f;
	uint32_t i;

	for (i = 0; i < b->n_samples; i++) {
		batch_sample(b, i, &s, x, y);
		c->samples++;
		c->newest = s.time_ns;
		f = join_sample(&c->join, b, &s, x, y);
		if (f && c->policy)
			add_interval(c, b, i, f);
		if (!f || f->told || c->policy)
			continue;
		r = &f->rows[f->n - 1];
		if (r->packets >= DRIFT_FROM && r->packets <= DRIFT_TO)
			look_for_drift(c, f, r);
	}
}

/* --- outcomes --- */

static void know(struct label_facts *facts, enum label_fact fact, uint64_t v)
{
	facts->known |= 1u << fact;
	facts->v[fact] = v;
}

/* An older module sends none of these. */
static void gather_labels(const struct batch_label *l, struct label_facts *facts)
{
	know(facts, FACT_MARK, l->mark);
	know(facts, FACT_CONNMARK, l->ct_mark);
	know(facts, FACT_PRIORITY, l->priority);
	know(facts, FACT_DSCP, l->dscp);
	if (l->cgroup)
		know(facts, FACT_CGROUP, l->cgroup);
}

/* l: NULL for none. Facts of the outcome are of the flow's end, and take precedence over inputs. */
static void gather(const struct collect *c, const struct batch_outcome *o,
		   const struct batch_label *l, uint64_t peer, const struct join_row *last,
		   struct label_facts *facts)
{
	int f;

	memset(facts, 0, sizeof(*facts));
	facts->peer = peer;
	know(facts, FACT_BYTES, o->bytes);
	know(facts, FACT_PACKETS, o->packets);
	know(facts, FACT_DURATION, o->duration_us);
	know(facts, FACT_RETRANS, o->retrans);
	for (f = 0; f < FACTS; f++)
		if (c->column[f] >= 0)
			know(facts, f, last->xy[c->column[f]]);
	if (l)
		gather_labels(l, facts);
}

static double bytes_so_far(const struct collect *c, const struct label_facts *facts,
			   const struct join_row *r)
{
	double v;

	if (c->bytes_column < 0)
		return facts->v[FACT_PACKETS]
			       ? (double)facts->v[FACT_BYTES] * r->packets / facts->v[FACT_PACKETS]
			       : 0;
	v = r->xy[c->bytes_column];
	return c->bytes_step > 0 ? exp2(v * c->bytes_step) - 1 : v;
}

/* NAN: unknown. */
static double label_of(struct collect *c, const struct label_facts *facts, const struct join_row *r)
{
	const char *class;
	uint32_t i;

	if (c->set->labels.what != LABEL_CLASS)
		return label_value(c->set->labels.what, facts, bytes_so_far(c, facts, r));
	class = label_class(&c->set->labels, facts);
	for (i = 0; class && i < c->layout.n_classes; i++)
		if (!strcmp(class, c->layout.classes[i]))
			return i;
	c->unknown_class += class != NULL;
	return NAN;
}

static void keep(struct collect *c, const struct join_flow *f, const struct label_facts *facts,
		 double label)
{
	struct store_row row = { .group = label_group(facts), .flow = join_hash(f) };
	uint32_t i;

	memcpy(row.hash, f->hash, sizeof(row.hash));
	for (i = 0; i < f->n; i++) {
		const struct join_row *r = &f->rows[i];

		if (c->set->labels.what == LABEL_REMAINING)
			label = label_of(c, facts, r);
		row.time_ns = r->time_ns;
		row.generation = r->generation;
		row.verdict = r->verdict;
		row.packets = r->packets;
		row.labelled = !isnan(label);
		row.label = row.labelled ? label : 0;
		store_add(&c->store, &row, r->xy, r->xy + c->layout.n_inputs);
	}
}

static void ended(struct collect *c, const struct batch_outcome *o, const struct batch_label *l,
		  uint64_t peer, struct join_flow *f)
{
	const struct join_row *last = &f->rows[f->n - 1];
	struct label_facts facts;
	double label;

	gather(c, o, l, peer, last, &facts);
	label = label_of(c, &facts, &f->rows[0]);
	c->flows++;
	if (!isnan(label)) {
		c->labelled++;
		c->held += held_flow(join_hash(f));
		c->lo = fmin(c->lo, label);
		c->hi = fmax(c->hi, label);
	}
	if (!f->told)
		look_for_drift(c, f, last);
	keep(c, f, &facts, label);
	if (c->fn)
		c->fn(f, label, c->data);
}

static void add_outcomes(struct collect *c, const struct batch *b)
{
	struct batch_outcome o;
	struct batch_label l;
	struct join_flow *f;
	uint32_t i;

	for (i = 0; i < b->n_outcomes; i++) {
		batch_outcome(b, i, &o);
		c->outcomes++;
		f = join_outcome(&c->join, o.attach, o.flow);
		if (!f)
			continue;
		batch_label(b, i, &l);
		if (c->policy)
			connection_ended(c, f);
		else
			ended(c, &o, b->labels ? &l : NULL, batch_peer(b, i), f);
		join_end(&c->join, f);
	}
}

void collect_batch(struct collect *c, const struct batch *b)
{
	if (!c->open || b->n_inputs != c->layout.n_inputs)
		return;
	add_samples(c, b);
	add_outcomes(c, b);
}
