// SPDX-License-Identifier: GPL-2.0
/* What `lfctl learn status` shows of a learner. */
#include "learner.h"

#include "lfctl/lib/out.h"
#include "record.h"

static void status_trial(struct learner *l, struct json_object *o)
{
	const struct trial *t = &l->trial;

	out_add_u64(o, "trial_flows", t->flows);
	out_add_u64(o, "trial_labelled", t->loss.n);
	record_mean(o, "loss", &t->loss);
	record_mean(o, "difference", &t->diff);
}

struct json_object *learner_status(struct learner *l, uint64_t now)
{
	struct json_object *o = json_object_new_object();
	const struct collect *c = &l->collect;
	char hex[2 * LQ_HASH_LEN + 1];

	out_add_str(o, "name", l->set->name);
	out_add_str(o, "slot", l->set->slot);
	out_add_str(o, "phase", !c->open ? "wait" : learner_phase_name(l->phase));
	out_add_bool(o, "paused", l->paused);
	if (*l->trouble)
		out_add_str(o, "trouble", l->trouble);
	if (c->open) {
		out_hex(l->slot.hash, LQ_HASH_LEN, hex);
		out_add_str(o, "snapshot", l->serving.name);
		out_add_str(o, "hash", hex);
		out_add_u64(o, "generation", l->slot.generation);
		out_add_bool(o, "file_known", l->serving.loaded);
		out_add_u64(o, "rows", collect_rows(c));
		out_add_u64(o, "labelled_rows", store_labelled(&c->store));
		out_add_u64(o, "refused_rows", c->store.refused);
		status_trial(l, o);
		record_ramp(o, l);
		if (l->alarm) {
			out_add_str(o, "reason", l->reason);
			out_add_u64(o, "held_out_flows", c->held - l->held_then);
			out_add_u64(o, "held_out_wanted", l->wanted);
		}
	}
	out_add_u64(o, "samples", c->samples);
	out_add_u64(o, "flows", c->flows);
	out_add_u64(o, "labelled", c->labelled);
	out_add_u64(o, "unlabelled_outcomes", c->join.alone);
	out_add_u64(o, "dropped_flows", c->join.dropped);
	out_add_bool(o, "drift_ready", c->drift.rows && drift_ready(&c->drift));
	record_double(o, "drift_distance", c->drift.distance);
	record_double(o, "drift_limit", c->drift.limit);
	out_add_u64(o, "drift_alarms", c->alarms);
	out_add_u64(o, "wait", l->not_before > now ? l->not_before - now : 0);
	return o;
}
