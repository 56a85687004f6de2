// SPDX-License-Identifier: GPL-2.0
/* lfctl doctor: snapshots, slots, and their attachments. */
#include "doctor.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "conf.h"
#include "out.h"
#include "share.h"

#define DRIFT_MIN	1000	/* inferences before their share means anything */

static bool installed(void)
{
	char dir[4096], pattern[4096 + 8];
	glob_t g = { 0 };
	bool found;

	share_dir(dir, sizeof(dir));
	snprintf(pattern, sizeof(pattern), "%s/*.lfs", dir);
	found = !glob(CONF_DIR "/*.lfs", 0, NULL, &g) || !glob(pattern, 0, NULL, &g);
	globfree(&g);
	return found;
}

static void snapshots(struct doctor *d)
{
	size_t i;

	for (i = 0; i < out_length(d->reading, "slots"); i++)
		if (out_has(out_at(d->reading, "slots", i), "active"))
			return;
	if (installed())
		return;
	doctor_fix(d, "make models && make install (or: lfgen build MODEL -o NAME.lfs)");
	doctor_say(d, DOCTOR_WARNING, "snapshots", "no snapshot is active, and none is installed");
}

static uint64_t asking(struct doctor *d, const char *slot)
{
	struct json_object *o;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < out_length(d->reading, "attachments"); i++) {
		o = out_at(d->reading, "attachments", i);
		n += !strcmp(out_str(o, "slot"), slot);
	}
	return n;
}

static void drift(struct doctor *d, struct json_object *slot)
{
	struct json_object *g = json_object_object_get(slot, "active");
	uint64_t n = out_u64(g, "inferences"), drifted = out_u64(g, "drifted");

	if (n < DRIFT_MIN || drifted * 10 <= n)
		return;
	doctor_fix(d, "lfctl slot set %s sample 10 && lfctl record -o %s.npy %s (and retrain)",
		    out_str(slot, "name"), out_str(slot, "name"), out_str(slot, "name"));
	doctor_say(d, DOCTOR_WARNING, "drift",
		   "slot %s: %" PRIu64
		   " %% of the inferences of %s have an input outside its calibrated range",
		   out_str(slot, "name"), 100 * drifted / n, out_str(g, "snapshot"));
}

static void slot(struct doctor *d, struct json_object *slot)
{
	const char *name = out_str(slot, "name");
	uint64_t n = asking(d, name);

	if (out_has(slot, "active")) {
		doctor_say(d, DOCTOR_OK, "slot", "%s has the active snapshot %s", name,
			   out_str(json_object_object_get(slot, "active"), "snapshot"));
		drift(d, slot);
		return;
	}
	if (out_has(slot, "standby"))
		doctor_fix(d, "lfctl slot activate %s", name);
	else
		doctor_fix(d, "lfctl slot set %s SNAPSHOT activate", name);
	doctor_say(d, n ? DOCTOR_FAULT : DOCTOR_WARNING, "slot",
		   "%s has no active snapshot%s: attachments get no verdict (%" PRIu64 " now)",
		   name, out_has(slot, "standby") ? ", only a standby one" : "", n);
}

/* Classes of its map that the active snapshot does not have. */
static void unknown_classes(struct doctor *d, struct json_object *o, const char *title)
{
	struct json_object *e;
	size_t i;

	for (i = 0; i < out_length(o, "map"); i++) {
		e = out_at(o, "map", i);
		if (!json_object_get_boolean(json_object_object_get(e, "unknown")))
			continue;
		doctor_fix(d, "lfctl snapshot show %s (has the names), then change the map",
			    out_str(o, "snapshot"));
		doctor_say(d, DOCTOR_WARNING, "map",
			   "%s maps class %s, which snapshot %s does not have", title,
			   out_str(e, "class"), out_str(o, "snapshot"));
	}
}

static void table(struct doctor *d, struct json_object *o, const char *title)
{
	struct json_object *packets = json_object_object_get(o, "packets");

	if (out_u64(o, "flows_refused") && out_u64(o, "flows_room") < out_u64(o, "flows_max")) {
		doctor_fix(d, "raise the memory limit of the control group, or use fewer flows");
		doctor_say(d, DOCTOR_WARNING, "flows", "the table of %s could not grow %" PRIu64
			   " times for lack of memory", title, out_u64(o, "flows_refused"));
	}
	if (out_u64(packets, "guard"))
		doctor_say(d, DOCTOR_WARNING, "guard",
			   "the guard kept %" PRIu64 " packets of %s without a verdict",
			   out_u64(packets, "guard"), title);
}

/* Congestion control names a slot whether or not a connection uses it. */
static bool idle(struct json_object *o)
{
	char word[32];

	return !strcmp(out_str(o, "kind"), "tcp") &&
	       strcmp(doctor_sysctl_word("net/ipv4/tcp_congestion_control", word, sizeof(word)),
		      "liteflow");
}

static void attachment(struct doctor *d, struct json_object *o)
{
	bool bound = json_object_get_boolean(json_object_object_get(o, "bound"));
	char title[160];

	attach_title(o, NULL, title, sizeof(title));
	if (!bound && !idle(o)) {
		doctor_fix(d, "lfctl slot add %s && lfctl slot set %s SNAPSHOT activate",
			    out_str(o, "slot"), out_str(o, "slot"));
		doctor_say(d, DOCTOR_FAULT, "slot", "%s uses slot %s, which does not exist", title,
			   out_str(o, "slot"));
	}
	unknown_classes(d, o, title);
	table(d, o, title);
}

void doctor_slots(struct doctor *d)
{
	size_t i, n = out_length(d->reading, "attachments");

	snapshots(d);
	for (i = 0; i < out_length(d->reading, "slots"); i++)
		slot(d, out_at(d->reading, "slots", i));
	if (!n)
		doctor_say(d, DOCTOR_OK, "attachments", "no attachments in this namespace");
	for (i = 0; i < n; i++)
		attachment(d, out_at(d->reading, "attachments", i));
}
