// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that is made up: a slot with its standby side, arms and limits of one generation,
 * snapshots that run on the host; flows in three classes, whose labels come with their outcomes;
 * time that passes when it is told to. lfd-train is the real one.
 *
 * One file, though long: all of it works on the state of the one kernel.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codegen/plan.h"
#include "lfctl/lib/out.h"
#include "lfd/answer.h"
#include "lfd/runner.h"
#include "rows.h"

#define STEPS	28		/* of the forest that knows the classes */

/* --- the kernel --- */

struct world kernel;
char dir[32];
uint64_t now;
int turned, arm_turned;

static void read_model(struct lfs *m, const char *path)
{
	struct graph_err err;

	if (lfs_read(m, path, &err))
		fail_msg("%s", err.msg);
}

static void limit(uint32_t generation, const struct deploy_limits *limits)
{
	kernel.limited = limits && deploy_limited(limits) ? generation : 0;
	kernel.limits = kernel.limited ? *limits : (struct deploy_limits){ 0 };
	kernel.inferences = kernel.outside = 0;
	memset(kernel.classes, 0, sizeof(kernel.classes));
}

/* The limits of one that does not serve are gone. */
static void sweep(void)
{
	if (kernel.limited != kernel.generation &&
	    !(kernel.share > 0 && kernel.limited == kernel.standby_generation))
		limit(0, NULL);
}

static void drop_standby(void)
{
	if (kernel.standby.file)
		lfs_free(&kernel.standby);
	memset(&kernel.standby, 0, sizeof(kernel.standby));
	kernel.standby_generation = 0;
	kernel.share = 0;
}

/* The standby snapshot keeps the generation that it had as an arm. */
static uint32_t generation_of(const struct lfs *m)
{
	if (kernel.standby_generation &&
	    !memcmp(kernel.standby.info.hash, m->info.hash, LQ_HASH_LEN))
		return kernel.standby_generation;
	return ++kernel.generations;
}

void serve(const char *path)
{
	struct lfs m;

	read_model(&m, path);
	kernel.generation = generation_of(&m);
	drop_standby();
	if (kernel.active.file) {
		memcpy(kernel.before, kernel.active.info.hash, LQ_HASH_LEN);
		lfs_free(&kernel.active);
	}
	kernel.active = m;
	kernel.there = true;
	kernel.stopped = 0;
	kernel.swaps++;
	sweep();
}

int deploy_look(struct nl *nl, const char *slot, struct deploy_slot *s)
{
	(void)nl;
	(void)slot;
	memset(s, 0, sizeof(*s));
	s->there = s->active = kernel.there;
	s->sample = 1;
	s->generation = kernel.generation;
	s->shadow = kernel.shadow;
	s->stopped = kernel.stopped;
	if (s->stopped)
		strcpy(s->trip, kernel.trip);
	if (s->active)
		memcpy(s->hash, kernel.active.info.hash, LQ_HASH_LEN);
	s->standby = kernel.standby.file != NULL;
	if (!s->standby)
		return 0;
	memcpy(s->standby_hash, kernel.standby.info.hash, LQ_HASH_LEN);
	s->standby_generation = kernel.standby_generation;
	s->weight = kernel.share * DEPLOY_WEIGHTS;
	s->weights = s->weight ? DEPLOY_WEIGHTS : 0;
	return 0;
}

static struct json_object *named(const char *name)
{
	struct json_object *o = json_object_new_object();

	out_add_str(o, "name", name);
	return o;
}

struct json_object *deploy_snapshot(struct nl *nl, const uint8_t *hash)
{
	struct json_object *o, *in, *out;
	const struct lfs *m = NULL;
	char hex[2 * LQ_HASH_LEN + 1];
	uint32_t i;

	(void)nl;
	if (!memcmp(hash, kernel.active.info.hash, LQ_HASH_LEN))
		m = &kernel.active;
	else if (kernel.standby.file && !memcmp(hash, kernel.standby.info.hash, LQ_HASH_LEN))
		m = &kernel.standby;
	if (!m)
		return NULL;
	o = json_object_new_object();
	in = json_object_new_array();
	out = json_object_new_array();
	lfs_hash(m, hex);
	out_add_str(o, "name", m->info.name);
	out_add_str(o, "hash", hex);
	out_add_str(o, "meaning", m->info.meaning == LQ_MEANING_CLASS ? "class" : "value");
	for (i = 0; i < m->info.n_inputs; i++)
		json_object_array_add(in, named(lfs_input(m, i).name));
	for (i = 0; i < m->info.n_outputs; i++)
		json_object_array_add(out, named(lfs_output(m, i).name));
	json_object_object_add(o, "inputs", in);
	json_object_object_add(o, "outputs", out);
	return o;
}

int deploy_activate(struct nl *nl, const char *slot, const char *path)
{
	(void)nl;
	(void)slot;
	serve(path);
	return 0;
}

int deploy_back(struct nl *nl, const char *slot, const uint8_t *hash, const char *path)
{
	(void)nl;
	(void)slot;
	assert_memory_equal(hash, kernel.before, LQ_HASH_LEN);
	assert_true(*path);
	serve(path);
	return 0;
}

int deploy_standby(struct nl *nl, const char *slot, const char *path)
{
	(void)nl;
	(void)slot;
	drop_standby();
	read_model(&kernel.standby, path);
	return 0;
}

int deploy_shadow(struct nl *nl, const char *slot, uint32_t every)
{
	(void)nl;
	(void)slot;
	kernel.shadow = every;
	return 0;
}

bool deploy_limited(const struct deploy_limits *limits)
{
	return limits->drift > 0 || limits->saturated > 0 || limits->top_class > 0 ||
	       limits->outcome;
}

int deploy_share(struct nl *nl, const char *slot, double share, const struct deploy_limits *limits)
{
	(void)nl;
	(void)slot;
	assert_true(!share || (kernel.standby.file && limits));
	kernel.share = share;
	kernel.stopped = 0;
	if (share && !kernel.standby_generation)
		kernel.standby_generation = ++kernel.generations;
	if (share)
		limit(kernel.standby_generation, limits);
	sweep();
	return 0;
}

int deploy_limit(struct nl *nl, const char *slot, uint32_t generation,
		 const struct deploy_limits *limits)
{
	(void)nl;
	(void)slot;
	assert_true(generation == kernel.generation ||
		    (kernel.share > 0 && generation == kernel.standby_generation));
	limit(generation, limits);
	return 0;
}

static bool outside(const struct lfs *m, const int32_t *x)
{
	struct plan_input in;
	uint32_t i;

	for (i = 0; i < m->info.n_inputs; i++) {
		in = lfs_input(m, i);
		if (x[i] < in.cal_lo || x[i] > in.cal_hi)
			return true;
	}
	return false;
}

static bool above(int n, double most)
{
	return most > 0 && n > most * 500;
}

/* Of the arm that has limits: a window of 500 inferences. */
static void guard(int class, bool out)
{
	int i, top = 0;
	bool bad;

	kernel.classes[class]++;
	kernel.outside += out;
	if (++kernel.inferences < 500)
		return;
	for (i = 0; i < 3; i++)
		top = kernel.classes[i] > top ? kernel.classes[i] : top;
	snprintf(kernel.trip, sizeof(kernel.trip), "%s: 1 of 500 inferences, allowed 0.98",
		 above(top, kernel.limits.top_class) ? "class" : "drift");
	bad = above(top, kernel.limits.top_class) || above(kernel.outside, kernel.limits.drift);
	limit(kernel.limited, &(struct deploy_limits){ .top_class = kernel.limits.top_class,
						       .drift = kernel.limits.drift });
	if (!bad)
		return;
	kernel.stopped = kernel.standby_generation;
	kernel.share = 0;
	sweep();
}

/* The trainer, at once: it has ended when the next second comes. */
char command[PATH_MAX * 3];

pid_t runner_start(const struct settings *s, const struct runner *r)
{
	snprintf(command, sizeof(command),
		 "LFD_NAME=%s LFD_BUDGET_NS=%u LFD_SINCE=%llu %s build/bin/lfd-train %s %s %s",
		 r->name, r->budget_ns, (unsigned long long)r->since, getenv("RUN") ?: "", s->path,
		 r->dir, r->offered ? r->offered : "");
	return 1 << 28;			/* no process has it */
}

/* --- flows --- */

struct learner l;
struct settings set;
static uint64_t flow_id;
bool dead;
bool by_mark;		/* which the outcomes carry, else by retransmissions */
double labelled = 1;		/* share of flows that a rule says something of */
void (*traffic)(void);
double noise;			/* share of labels that are another class's */
double longer = 1;		/* below 1: more flows have long packets */
double nearer = 1;
int flood;		/* flows of one peer, with another class's label, for each of the others */

#define PEERS		100
#define FLOOD_PEER	1

static int true_class(const int32_t *x)
{
	return (rows_class(x) + turned) % 3;
}

static void put(uint8_t **p, const void *data, size_t n)
{
	memcpy(*p, data, n);
	*p += n;
}

/* One flow of three inferences, and its outcome; retransmissions are the label here. */
static void flow(bool lies)
{
	int32_t x[3] = { 40 + 1460 * pow(rows_draw(), longer), 256 * (5 + 15 * rows_draw()),
			 64 * nearer * rows_draw() };
	uint8_t samples[512], outcomes[64], *p = samples;
	bool arm = kernel.share > 0 && rows_draw() < kernel.share;
	struct lfs *m = arm ? &kernel.standby : &kernel.active;
	int32_t y[LQ_MAX_OUTPUTS];
	struct batch b = {
		.generation = arm ? kernel.standby_generation : kernel.generation,
		.n_inputs = 3, .n_samples = 3, .n_outcomes = 1
	};
	struct batch_sample s = { .flow = ++flow_id, .time_ns = flow_id };
	struct batch_label label = { 0 };
	struct batch_outcome o = { .flow = flow_id, .bytes = 1000, .packets = 9 };
	uint64_t peer = lies ? FLOOD_PEER : FLOOD_PEER + 1 + flow_id % PEERS;
	int i, class;

	strcpy(b.slot, "app");
	memcpy(b.hash, m->info.hash, LQ_HASH_LEN);
	b.n_outputs = m->info.n_outputs;
	for (i = 0; i < 3; i++) {
		lfs_infer(m, LQ_PATH_PLAIN, x, y);
		s.class = lfs_argmax(y, b.n_outputs);
		s.packets = 1 << i;
		kernel.arm_inferences += arm;
		if (arm && kernel.limited == kernel.standby_generation)
			guard(s.class, outside(m, x));
		put(&p, &s, sizeof(s));
		put(&p, x, sizeof(x));
		put(&p, y, 4 * b.n_outputs);
	}
	class = (true_class(x) + (arm ? arm_turned : 0)) % 3;
	if (lies || (noise > 0 && rows_draw() < noise))
		class = (class + 1) % 3;
	o.retrans = !by_mark && rows_draw() < labelled ? 1 + class : 0;
	label.mark = by_mark && rows_draw() < labelled ? 0x10 * (1 + class) | 3 : 7;
	label.dscp = 46;
	b.labels = by_mark ? (uint8_t *)&label : NULL;
	b.peers = by_mark ? (uint8_t *)&peer : NULL;
	memcpy(outcomes, &o, sizeof(o));
	b.samples = samples;
	b.outcomes = outcomes;
	if (!dead)
		learner_batch(&l, &b);
}

void second(void)
{
	int i, status;

	for (i = 0; !traffic && i < RATE * (1 + flood) && kernel.there; i++)
		flow(i >= RATE);
	if (traffic && kernel.there)
		traffic();
	now += SECOND;
	if (dead)
		return;
	if (*command) {
		status = system(command);
		*command = 0;
		learner_trained(&l, status, now);
	}
	learner_tick(&l, now);
}

/* --- models --- */

static struct graph *base;		/* a forest that knows the classes */

static int make_base(void)
{
	struct graph_node *n;
	uint32_t i;

	base = util_alloc(1, sizeof(*base));
	base->kind = GRAPH_FOREST;
	base->name = util_strdup("base");
	base->producer = util_strdup("");
	base->n_inputs = base->n_outputs = 3;
	base->classes = true;
	base->base = util_alloc(3, sizeof(double));
	base->n_trees = 1;
	base->trees = util_alloc(1, sizeof(*base->trees));
	/* pkt.len by steps of 31 up to 900, and in each the bytes at which small becomes middle */
	base->trees[0].n_nodes = 4 * STEPS + 1;
	n = base->trees[0].nodes = util_alloc(base->trees[0].n_nodes, sizeof(*n));
	for (i = 0; i < STEPS; i++) {
		n[4 * i] = (struct graph_node) { .thr = i == STEPS - 1 ? 900 : 40 + 31 * (i + 1),
						 .input = 0,
						 .yes = 4 * i + 1,
						 .no = 4 * (i + 1) };
		n[4 * i + 1] = (struct graph_node) { .thr = 14 - (55 + 31 * i) / 200.0,
						     .input = 1,
						     .yes = 4 * i + 2,
						     .no = 4 * i + 3 };
		n[4 * i + 2] = (struct graph_node) { .leaf = true };
		n[4 * i + 3] = (struct graph_node) { .leaf = true };
		n[4 * i + 2].value = util_alloc(3, sizeof(double));
		n[4 * i + 2].value[0] = 1;
		n[4 * i + 3].value = util_alloc(3, sizeof(double));
		n[4 * i + 3].value[1] = 1;
	}
	n[4 * STEPS] = (struct graph_node) { .leaf = true, .value = util_alloc(3, sizeof(double)) };
	n[4 * STEPS].value[2] = 1;
	return 0;
}

/*
 * The base, but flows whose ttl is below `share` of its range go to one class, and flows up to
 * `moved` bytes longer than 900 are not large: that is 0.07 % of all flows for each byte.
 */
const char *model_moved(const char *name, double share, int class, int moved)
{
	static char *features[] = { "pkt.len", "flow.bytes_log2", "pkt.ttl" };
	static char *classes[] = { "small", "middle", "large" };
	static char path[4][96];
	static int at;
	struct plan_options opt = { .name = name,
				    .features = features,
				    .n_features = 3,
				    .classes = classes,
				    .n_classes = 3 };
	double values[2][3] = { { 0 } };
	struct graph_node nodes[3] = {
		{ .thr = 64 * share - 0.5, .input = 2, .yes = 1, .no = 2 },
		{ .leaf = true, .value = values[0] }, { .leaf = true, .value = values[1] },
	};
	struct graph_tree trees[2] = { base->trees[0], { 3, nodes } };
	struct graph g = *base;
	struct graph_err err;
	struct plan plan;
	size_t len;
	void *file;

	values[0][class] = 2;
	base->trees[0].nodes[4 * (STEPS - 1)].thr = 900 + moved;
	g.trees = trees;
	g.n_trees = 2;
	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s.lfs", dir, name);
	if (plan_make(&g, NULL, &opt, &plan, &err) || plan_emit(&plan, &file, &len, &err) ||
	    util_write(path[at], file, len, &err))
		fail_msg("%s", err.msg);
	free(file);
	plan_free(&plan);
	return path[at];
}

const char *model(const char *name, double share, int class)
{
	return model_moved(name, share, class, 0);
}

/* --- a learner --- */

void configure_all(const char *snapshot, const char *rest, const char *more)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/app.conf", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "[learner]\nslot = app\nsnapshot = %s/%s\n%s%s", dir, snapshot, rest, more);
	fclose(f);
	assert_int_equal(settings_read(&set, path), 0);
}

void configure(const char *more)
{
	configure_all("known.lfs", "[label]\n"
		      "rule = retrans 1 class small\nrule = retrans 2 class middle\n"
		      "rule = retrans 3 class large\n[store]\nsize = 2m\n"
		      "[model]\nkind = forest\ndepth = 5\nrounds = 30\n", more);
}

void start(void)
{
	assert_int_equal(learner_begin(&l, &set, dir, dir, NULL), 0);
}

int make(void **none)
{
	struct timespec ts;

	(void)none;
	strcpy(dir, "/tmp/lfd-learner-XXXXXX");
	if (!mkdtemp(dir) || make_base())
		return -1;
	model("known", 1, 0);
	memset(&kernel, 0, sizeof(kernel));
	*command = 0;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	now = ts.tv_sec * SECOND;	/* what replay counts from */
	turned = arm_turned = 0;
	dead = false;
	flood = 0;
	labelled = longer = nearer = 1;
	noise = 0;
	by_mark = false;
	rows_state = 0x9e3779b97f4a7c15ull;
	return 0;
}

int drop(void **none)
{
	char rm[64];

	(void)none;
	learner_end(&l);
	drop_standby();
	if (kernel.active.file)
		lfs_free(&kernel.active);
	graph_free(base);
	snprintf(rm, sizeof(rm), "rm -r %s", dir);
	return system(rm);
}

/* How often the history has it. */
static const char *word;
static int count;

static void count_one(struct json_object *o, void *data)
{
	(void)data;
	count += !strcmp(out_str(o, "what"), word);
}

int decided(const char *what)
{
	char path[96], why[256];

	word = what;
	count = 0;
	snprintf(path, sizeof(path), "%s/app/history", dir);
	if (history_read(path, count_one, NULL, why, sizeof(why)))
		fail_msg("%s", why);
	return count;
}

static const char *wanted;
static char sentence[512];

static void take_sentence(struct json_object *o, void *data)
{
	(void)data;
	if (!strcmp(out_str(o, "what"), wanted))
		snprintf(sentence, sizeof(sentence), "%s", out_str(o, "sentence"));
}

const char *said(const char *what)
{
	char path[96], why[256];

	wanted = what;
	*sentence = 0;
	snprintf(path, sizeof(path), "%s/app/history", dir);
	if (history_read(path, take_sentence, NULL, why, sizeof(why)))
		fail_msg("%s", why);
	return sentence;
}

/* Until the history has it so often. Seconds that it took. */
int until(const char *what, int n, int most)
{
	int i;

	for (i = 0; i < most && decided(what) < n; i++)
		second();
	if (decided(what) < n)
		fail_msg("not %d times %s within %d s; phase %s", n, what, most,
			 learner_phase_name(l.phase));
	return i;
}

double loss(void)
{
	int32_t x[3];
	int i, bad = 0;

	for (i = 0; i < 4000; i++) {
		x[0] = 40 + 1460 * rows_draw();
		x[1] = 256 * (5 + 15 * rows_draw());
		x[2] = 64 * rows_draw();
		bad += answer_to(&kernel.active, x) != true_class(x);
	}
	return bad / 4000.0;
}

