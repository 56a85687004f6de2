// SPDX-License-Identifier: GPL-2.0
/*
 * The families of metrics: a table whose rows give the objects to visit (walk), the JSON member
 * with the number, and the texts.
 *
 * Labels are bounded: names that an administrator gave (slots, classes, devices, hooks), reasons,
 * states and bands. Hashes, one more with every new model, are in a single _info family that has as
 * many samples as slots have snapshots. Counters by slot are those of its active generation, so
 * they restart at 0 after a swap, which rate() treats as a counter reset; counters by attachment
 * continue.
 */
#include "metrics.h"

#include <string.h>

#include "attach.h"
#include "openmetrics.h"
#include "out.h"

#define NS	1e-9
#define KIB	1024

struct family {
	enum om_type type;
	const char *name, *unit;
	void (*walk)(struct om *om, const struct family *f, struct json_object *reading);
	const char *key;
	double scale;		/* 0: the number as it is */
	const char *help;
};

static void value(struct om *om, const struct family *f, struct json_object *o)
{
	if (f->scale != 0)
		om_double(om, out_u64(o, f->key) * f->scale);
	else
		om_u64(om, out_u64(o, f->key));
}

/* --- the module --- */

static void module_info(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *module = json_object_object_get(reading, "module");

	(void)f;
	om_sample(om);
	om_label(om, "version", out_str(module, "version"));
	om_label(om, "protocol", out_str(module, "protocol"));
	om_u64(om, 1);
}

static void module(struct om *om, const struct family *f, struct json_object *reading)
{
	om_sample(om);
	value(om, f, json_object_object_get(reading, "module"));
}

/* --- slots --- */

static void slot_sample(struct om *om, struct json_object *slot)
{
	om_sample(om);
	om_label(om, "slot", out_str(slot, "name"));
}

static void slots(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *slot;
	size_t i;

	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		if (!out_has(slot, f->key))
			continue;
		slot_sample(om, slot);
		value(om, f, slot);
	}
}

/* Is there an active (standby) snapshot? */
static void has(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *slot;
	size_t i;

	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		slot_sample(om, slot);
		om_u64(om, out_has(slot, f->key));
	}
}

static void one_snapshot(struct om *om, struct json_object *slot, const char *role)
{
	struct json_object *g = json_object_object_get(slot, role);

	if (!g)
		return;
	slot_sample(om, slot);
	om_label(om, "role", role);
	om_label(om, "snapshot", out_str(g, "snapshot"));
	om_label(om, "hash", out_str(g, "hash"));
	om_u64(om, 1);
}

static void snapshot_info(struct om *om, const struct family *f, struct json_object *reading)
{
	size_t i;

	(void)f;
	for (i = 0; i < out_length(reading, "slots"); i++) {
		one_snapshot(om, out_at(reading, "slots", i), "active");
		one_snapshot(om, out_at(reading, "slots", i), "standby");
	}
}

/* Without a limit there is no sample. */
static void budget(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *slot;
	size_t i;

	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		if (!out_u64(slot, f->key))
			continue;
		slot_sample(om, slot);
		value(om, f, slot);
	}
}

static void old_generations(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *slot;
	size_t i, j;
	uint64_t n;

	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		n = f->key ? 0 : out_length(slot, "old");
		for (j = 0; f->key && j < out_length(slot, "old"); j++)
			n += out_u64(out_at(slot, "old", j), f->key);
		slot_sample(om, slot);
		om_u64(om, n);
	}
}

static void active(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *slot, *g;
	size_t i;

	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		g = json_object_object_get(slot, "active");
		if (!g)
			continue;
		slot_sample(om, slot);
		value(om, f, g);
	}
}

static void classes(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *slot, *g, *c;
	size_t i, j;

	for (i = 0; i < out_length(reading, "slots"); i++) {
		slot = out_at(reading, "slots", i);
		g = json_object_object_get(slot, "active");
		for (j = 0; j < out_length(g, "classes"); j++) {
			c = out_at(g, "classes", j);
			slot_sample(om, slot);
			om_label(om, "class", out_str(c, "name"));
			value(om, f, c);
		}
	}
}

/* --- attachments --- */

/* Handles are unique on a device, hooks in a namespace; a slot's rules are one attachment. */
static void attach_sample(struct om *om, struct json_object *o)
{
	const char *kind = out_str(o, "kind");

	om_sample(om);
	om_label(om, "kind", kind);
	om_label(om, "device", out_str(o, "dev"));
	/* The label of rules is their number: each number would be a new series. */
	om_label(om, "label", strcmp(kind, "xt") ? out_str(o, "label") : "");
	om_label(om, "slot", out_str(o, "slot"));
}

static void attachments(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < out_length(reading, "attachments"); i++) {
		o = out_at(reading, "attachments", i);
		if (!out_has(o, f->key))
			continue;
		attach_sample(om, o);
		value(om, f, o);
	}
}

static void bound(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < out_length(reading, "attachments"); i++) {
		o = out_at(reading, "attachments", i);
		attach_sample(om, o);
		om_u64(om, json_object_get_boolean(json_object_object_get(o, f->key)));
	}
}

static void reasons(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *o, *packets;
	size_t i;

	for (i = 0; i < out_length(reading, "attachments"); i++) {
		o = out_at(reading, "attachments", i);
		packets = json_object_object_get(o, f->key);
		if (!packets)
			continue;
		json_object_object_foreach(packets, reason, n) {
			attach_sample(om, o);
			om_label(om, "reason", reason);
			om_u64(om, json_object_get_uint64(n));
		}
	}
}

/* Parts of an attachment that have counters: entries of its map, bands. */
static void parts(struct om *om, const struct family *f, struct json_object *reading,
		  const char *array, const char *label)
{
	struct json_object *o, *part;
	size_t i, j;

	for (i = 0; i < out_length(reading, "attachments"); i++) {
		o = out_at(reading, "attachments", i);
		for (j = 0; j < out_length(o, array); j++) {
			part = out_at(o, array, j);
			if (!out_has(part, f->key))
				continue;
			attach_sample(om, o);
			om_label(om, label, out_str(part, label));
			if (out_has(part, "does"))	/* rules may map a class twice */
				om_label(om, "action", out_str(part, "does"));
			value(om, f, part);
		}
	}
}

static void entries(struct om *om, const struct family *f, struct json_object *reading)
{
	parts(om, f, reading, "map", "class");
}

static void bands(struct om *om, const struct family *f, struct json_object *reading)
{
	parts(om, f, reading, "bands", "band");
}

static void connections(struct om *om, const struct family *f, struct json_object *reading)
{
	struct json_object *states = json_object_object_get(reading, f->key);

	if (!states)
		return;
	json_object_object_foreach(states, state, n) {
		om_sample(om);
		om_label(om, "state", state);
		om_u64(om, json_object_get_uint64(n));
	}
}

/* --- all families --- */

static const struct family families[] = {
	{ OM_INFO, "module", NULL, module_info, NULL, 0,
	  "Versions of the kernel module." },
	{ OM_GAUGE, "snapshots", NULL, module, "snapshots", 0,
	  "Snapshots that are loaded, of the whole machine." },
	{ OM_GAUGE, "snapshots_memory_bytes", "bytes", module, "snapshot_bytes", 0,
	  "Memory of all loaded snapshots." },

	{ OM_GAUGE, "slot_active", NULL, has, "active", 0,
	  "1 if the slot has an active snapshot; without one no packet gets a verdict." },
	{ OM_GAUGE, "slot_standby", NULL, has, "standby", 0,
	  "1 if the slot has a standby snapshot." },
	{ OM_INFO, "slot_snapshot", NULL, snapshot_info, NULL, 0,
	  "Name and hash of the active and the standby snapshot." },
	{ OM_GAUGE, "slot_generation", NULL, active, "generation", 0,
	  "Number of the active generation, counted up by every new snapshot." },
	{ OM_GAUGE, "slot_old_generations", NULL, old_generations, NULL, 0,
	  "Earlier generations that flows still use or that a rollback would return to." },
	{ OM_GAUGE, "slot_old_flows", NULL, old_generations, "flows", 0,
	  "Flows that still use an earlier generation." },
	{ OM_GAUGE, "slot_attachments", NULL, slots, "attachments", 0,
	  "Qdiscs, hooks, rules and congestion control that ask the slot." },
	{ OM_GAUGE, "slot_budget_seconds", "seconds", budget, "budget_ns", NS,
	  "Longest estimated time of an inference that the slot accepts." },
	{ OM_GAUGE, "slot_last_swap_seconds", "seconds", slots, "swap_ns", NS,
	  "How long the last activation took." },
	{ OM_COUNTER, "slot_swaps", NULL, slots, "swaps", 0,
	  "Activations and rollbacks." },
	{ OM_COUNTER, "slot_forced_flows", NULL, slots, "forced", 0,
	  "Flows moved to the active snapshot because their generation had to be retired." },
	{ OM_COUNTER, "slot_samples", NULL, slots, "samples", 0,
	  "Records sent to the sample stream." },
	{ OM_COUNTER, "slot_samples_lost", NULL, slots, "samples_lost", 0,
	  "Records of the sample stream dropped because buffers were full." },
	{ OM_GAUGE, "slot_flows", NULL, active, "flows", 0,
	  "Flows of the active generation." },
	{ OM_COUNTER, "slot_flows_born", NULL, active, "born", 0,
	  "Flows born under the active generation." },
	{ OM_COUNTER, "slot_inferences", NULL, active, "inferences", 0,
	  "Inferences of the active generation." },
	{ OM_COUNTER, "slot_verdicts", NULL, active, "verdicts", 0,
	  "Packets that got a verdict of the active generation, cached verdicts included." },
	{ OM_COUNTER, "slot_drifted_inferences", NULL, active, "drifted", 0,
	  "Inferences of the active generation with an input outside its calibrated range." },
	{ OM_COUNTER, "slot_class_inferences", NULL, classes, "count", 0,
	  "Inferences of the active generation that gave the class." },

	{ OM_GAUGE, "attachment_bound", NULL, bound, "bound", 0,
	  "1 if the slot that the attachment names exists." },
	{ OM_GAUGE, "attachment_flows", NULL, attachments, "flows", 0,
	  "Flows in the table." },
	{ OM_GAUGE, "attachment_flows_limit", NULL, attachments, "flows_max", 0,
	  "Most flows that the table may have." },
	{ OM_GAUGE, "attachment_flows_room", NULL, attachments, "flows_room", 0,
	  "Flows that the table has room for at its present size." },
	{ OM_GAUGE, "attachment_flow_memory_bytes", "bytes", attachments, "flow_kib", KIB,
	  "Memory of the flow table." },
	{ OM_COUNTER, "attachment_flows_born", NULL, attachments, "flows_born", 0,
	  "Flows that began." },
	{ OM_COUNTER, "attachment_flows_ended", NULL, attachments, "flows_ended", 0,
	  "Flows that ended with FIN or RST." },
	{ OM_COUNTER, "attachment_flows_aged", NULL, attachments, "flows_aged", 0,
	  "Flows that ended by idle timeout." },
	{ OM_COUNTER, "attachment_flows_evicted", NULL, attachments, "flows_evicted", 0,
	  "Flows evicted to make room for new ones." },
	{ OM_COUNTER, "attachment_growth_refused", NULL, attachments, "flows_refused", 0,
	  "Times that the flow table could not grow for lack of memory." },
	{ OM_COUNTER, "attachment_dropped_packets", NULL, attachments, "dropped", 0,
	  "Packets dropped because of their verdict." },
	{ OM_COUNTER, "attachment_packets", NULL, reasons, "packets", 0,
	  "Packets by the reason of their verdict; all but inferred and cached have none." },
	{ OM_COUNTER, "attachment_class_packets", NULL, entries, "packets", 0,
	  "Packets of the class, of hooks and rules; a qdisc counts by band." },
	{ OM_COUNTER, "attachment_class_bytes", "bytes", entries, "bytes", 0,
	  "Bytes of the class, of hooks and rules." },
	{ OM_COUNTER, "band_packets", NULL, bands, "packets", 0,
	  "Packets sent from the band of a qdisc." },
	{ OM_COUNTER, "band_bytes", "bytes", bands, "bytes", 0,
	  "Bytes sent from the band of a qdisc." },
	{ OM_COUNTER, "band_dropped_packets", NULL, bands, "drops", 0,
	  "Packets that the band dropped." },
	{ OM_GAUGE, "band_backlog_packets", NULL, bands, "backlog", 0,
	  "Packets that wait in the band." },
	{ OM_GAUGE, "band_backlog_bytes", "bytes", bands, "backlog_bytes", 0,
	  "Bytes that wait in the band." },
	{ OM_GAUGE, "tcp_connections", NULL, connections, "connections", 0,
	  "Connections with congestion control liteflow by state." },
};

void metrics_write(struct om *om, struct json_object *reading)
{
	const struct family *f;

	om_family(om, OM_GAUGE, "up", NULL, "1 if the kernel module answers.");
	om_sample(om);
	om_u64(om, reading != NULL);
	for (f = families; reading && f < families + sizeof(families) / sizeof(*families); f++) {
		om_family(om, f->type, f->name, f->unit, f->help);
		f->walk(om, f, reading);
	}
	om_end(om);
}
