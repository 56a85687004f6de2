// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl why FLOW: why a flow has its verdict. The kernel says what the flow's snapshot would read
 * of it now; the snapshot comes from the kernel, too, and is run here.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "commands.h"
#include "nl.h"
#include "out.h"
#include "snapshot.h"

#define WHY_FLOWS	8	/* explained at once */

/* --- inputs --- */

/* The flow's reading in the wanted direction, or NULL. */
static struct json_object *reading_of(struct json_object *flow, bool reverse)
{
	struct json_object *reading;
	size_t i;

	for (i = 0; i < out_length(flow, "readings"); i++) {
		reading = out_at(flow, "readings", i);
		if (json_object_get_boolean(json_object_object_get(reading, "reverse")) == reverse)
			return reading;
	}
	return NULL;
}

static bool is_known(const uint8_t *known, size_t len, size_t i)
{
	return i / 8 < len && known[i / 8] & 1 << i % 8;
}

/* The model's input of that name, or -1. */
static int input_of(const struct why_model *m, const char *name)
{
	uint32_t i;

	for (i = 0; i < m->info.n_inputs; i++)
		if (!strcmp(why_model_input(m, i), name))
			return i;
	return -1;
}

/* Values come in the order of the snapshot that serves the flow, whose inputs have these names. */
static void take_reading(struct why_model *m, struct json_object *reading,
			 struct json_object *served)
{
	struct json_object *values = json_object_object_get(reading, "values");
	struct json_object *known = json_object_object_get(reading, "known");
	size_t len = values ? json_object_get_string_len(values) / sizeof(s32) : 0, i;
	int at;

	for (i = 0; known && i < len && i < out_length(served, "inputs"); i++) {
		if (!is_known((const uint8_t *)json_object_get_string(known),
			      json_object_get_string_len(known), i))
			continue;
		at = input_of(m, out_str(out_at(served, "inputs", i), "name"));
		if (at < 0)
			continue;
		memcpy(&m->x[at], json_object_get_string(values) + i * sizeof(s32), sizeof(s32));
		m->known[at] = true;
	}
}

static int take_given(struct why_model *m, const struct why_args *args)
{
	int i, at;

	for (i = 0; i < args->n_given; i++) {
		at = input_of(m, args->given[i].name);
		if (at < 0)
			return lfctl_fail("why: snapshot %s does not read %s", m->info.name,
					  args->given[i].name);
		m->x[at] = why_model_steps(m, at, args->given[i].value);
		m->known[at] = true;
		m->given[at] = true;
	}
	return 0;
}

/* --- the object --- */

static struct json_object *input_object(const struct why_model *m, uint32_t i)
{
	struct json_object *o = json_object_new_object(), *range = json_object_new_array();
	s32 least = why_model_least(m, i), greatest = why_model_greatest(m, i);

	out_add_str(o, "name", why_model_input(m, i));
	out_add_str(o, "unit", why_model_unit(m, i));
	if (m->known[i])
		why_add(o, "value", why_model_value(m, i, m->x[i]));
	json_object_array_add(range, json_object_new_double(why_model_value(m, i, least)));
	json_object_array_add(range, json_object_new_double(why_model_value(m, i, greatest)));
	json_object_object_add(o, "calibrated", range);
	if (m->known[i] && (m->x[i] < least || m->x[i] > greatest))
		out_add_str(o, "outside", m->x[i] < least ? "below" : "above");
	out_add_bool(o, "given", m->given[i]);
	return o;
}

static void add_ends(const struct why_model *m, struct json_object *o)
{
	struct json_object *inputs = json_object_new_array(), *outputs = json_object_new_array();
	struct json_object *out;
	uint32_t i;

	for (i = 0; i < m->info.n_outputs; i++) {
		out = json_object_new_object();
		out_add_str(out, "name", why_model_output(m, i));
		out_add_str(out, "unit", lq_file_output(m->file.data, i)->unit);
		json_object_array_add(outputs, out);
	}
	for (i = 0; i < m->info.n_inputs; i++)
		json_object_array_add(inputs, input_object(m, i));
	json_object_object_add(o, "outputs", outputs);
	json_object_object_add(o, "inputs", inputs);
}

/* The strongest contribution comes first. */
static int by_weight(const void *a, const void *b)
{
	struct json_object *x = *(struct json_object *const *)a;
	struct json_object *y = *(struct json_object *const *)b;
	double p = out_real(x, "contribution"), q = out_real(y, "contribution");

	p = (p < 0 ? -p : p) + out_u64(x, "trees");
	q = (q < 0 ? -q : q) + out_u64(y, "trees");
	return p > q ? -1 : p < q ? 1 : strcmp(out_str(x, "name"), out_str(y, "name"));
}

/* The class of the verdict among the model's outputs, or -1. */
static int verdict_of(const struct why_model *m, struct json_object *flow)
{
	const char *class = out_str(flow, "class");
	uint32_t i;

	for (i = 0; out_has(flow, "class") && i < m->info.n_outputs; i++)
		if (!strcmp(why_model_output(m, i), class))
			return i;
	return -1;
}

static void explain(struct why_model *m, struct json_object *flow)
{
	static const char *const kinds[] = { NULL, "net", "forest" };
	static const char *const meanings[] = { NULL, "class", "value" };
	s32 y[LQ_MAX_OUTPUTS], margin;

	out_add_str(flow, "kind", out_name(kinds, 3, m->info.kind));
	out_add_str(flow, "meaning", out_name(meanings, 3, m->info.meaning));
	add_ends(m, flow);
	if (m->info.kind == LQ_KIND_FOREST)
		why_forest(m, flow, verdict_of(m, flow));
	else
		why_net(m, flow);
	if (m->info.meaning == LQ_MEANING_CLASS && why_model_all_known(m)) {
		why_model_run(m, m->x, y);
		why_changes(m, flow, lq_argmax(y, m->info.n_outputs, &margin));
	}
	json_object_array_sort(json_object_object_get(flow, "inputs"), by_weight);
}

/* --- a flow --- */

static int open_model(struct nl *nl, const struct why_args *args, const char *hash,
		      struct why_model *m)
{
	struct snapshot_ref ref = { .by_hash = true };
	struct file file;
	int status;

	args_hex(hash, ref.hash, sizeof(ref.hash));
	status = args->snapshot ? file_read(&file, args->snapshot) :
				  snapshot_fetch(nl, "why", &ref, &file);
	if (status)
		return status;
	return why_model_open(m, &file, args->snapshot ? args->snapshot : "why");
}

static int explain_with(const struct why_args *args, struct why_model *m, struct json_object *flow,
			struct json_object *served)
{
	struct json_object *reading = reading_of(flow, args->reverse);
	char hash[2 * LQ_HASH_LEN + 1];
	int status;

	if (!reading)
		return lfctl_fail("why: %s", args->reverse ?
				  "the flow has one direction: reverse does not apply" :
				  "this module does not report a model's inputs: it is too old");
	take_reading(m, reading, served);
	status = take_given(m, args);
	if (status)
		return status;
	out_hex(m->file.hash, sizeof(m->file.hash), hash);
	out_add_bool(flow, "served", !strcmp(hash, out_str(flow, "hash")));
	out_add_str(flow, "explained_by", m->info.name);
	out_add_bool(flow, "reverse", args->reverse);
	out_add_u64(flow, "read_packets", out_u64(reading, "packets"));
	explain(m, flow);
	return 0;
}

/* Adds the explanation to a flow as read whole; there is none if no snapshot serves it. */
static int explain_flow(struct nl *nl, const struct why_args *args, struct json_object *flow)
{
	char hash[2 * LQ_HASH_LEN + 1];
	struct json_object *served;
	struct why_model m;
	int status;

	if (!out_has(flow, "hash"))
		return 0;
	snprintf(hash, sizeof(hash), "%s", out_str(flow, "hash"));
	served = snapshot_by_hash(nl, hash);
	if (!served)
		return nl_fail(nl, "why");
	status = open_model(nl, args, hash, &m);
	if (!status) {
		status = explain_with(args, &m, flow, served);
		why_model_close(&m);
	}
	json_object_put(served);
	json_object_object_del(flow, "readings");
	return status;
}

static int read_whole(struct nl *nl, struct json_object *found, struct json_object **array)
{
	struct flows_filter one = {
		.who = "why",
		.whole = true,
		.attach = out_u64(found, "attach"),
		.flow = out_u64(found, "id"),
	};

	return flows_read(nl, &one, array);
}

static int explain_found(struct nl *nl, const struct why_args *args, struct json_object *found,
			 struct json_object *all)
{
	struct json_object *array, *flow;
	int status = read_whole(nl, found, &array);

	if (status)
		return status;
	flow = json_object_get(json_object_array_get_idx(array, 0));
	json_object_put(array);
	if (!flow)
		return lfctl_fail("why: there is no such flow in this network namespace");
	status = explain_flow(nl, args, flow);
	if (status)
		json_object_put(flow);
	else
		json_object_array_add(all, flow);
	return status;
}

/* --- the command --- */

static int check_number(struct json_object *found)
{
	size_t n = json_object_array_length(found);

	if (!n)
		return lfctl_fail("why: there is no such flow in this network namespace (lfctl "
				  "flows)");
	if (n > WHY_FLOWS)
		return lfctl_fail("why: %zu flows match, at most %d are explained at once: say "
				  "which (lfctl flows)",
				  n, WHY_FLOWS);
	return 0;
}

static int run(struct nl *nl, const struct why_args *args, struct json_object *all)
{
	struct json_object *found;
	size_t i;
	int status = flows_read(nl, &args->filter, &found);

	if (status)
		return status;
	status = check_number(found);
	for (i = 0; !status && i < json_object_array_length(found); i++)
		status = explain_found(nl, args, json_object_array_get_idx(found, i), all);
	json_object_put(found);
	return status;
}

static void print(struct json_object *all)
{
	size_t i;

	for (i = 0; i < json_object_array_length(all); i++) {
		if (i)
			putchar('\n');
		why_print(json_object_array_get_idx(all, i));
	}
}

LFCTL_COMMAND(why_main)
{
	struct json_object *all = json_object_new_array();
	struct why_args args = { 0 };
	struct nl nl;
	int status = why_args(cmd, &args, argc, argv);

	if (!status)
		status = nl_open(&nl, ctl);
	if (!status) {
		status = run(&nl, &args, all);
		nl_close(&nl);
	}
	if (!status && !ctl->json)
		print(all);
	if (!status && ctl->json)
		out_json(all);
	else
		json_object_put(all);
	return status;
}
