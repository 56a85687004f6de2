// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl doctor: what is missing or in the way, from the kernel up, and the command that fixes it.
 * Later parts depend on earlier ones, so without the module it stops after the plugins.
 */
#include "doctor.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "netns.h"
#include "nl.h"
#include "out.h"
#include "reading.h"

/* The module is loaded: read the configuration. */
static void look(struct doctor *d)
{
	const struct lfctl here = { 0 };	/* the namespace was entered before */
	struct nl nl;

	if (nl_open(&nl, &here)) {
		doctor_say(d, DOCTOR_FAULT, "module", "it does not answer requests");
		return;
	}
	if (reading_take(&nl, NULL, READING_MAPS, &d->reading)) {
		d->reading = NULL;
		doctor_say(d, DOCTOR_FAULT, "rights", "the configuration could not be read");
	}
	nl_close(&nl);
}

static enum color color_of(const char *status)
{
	return !strcmp(status, doctor_levels[DOCTOR_OK]) ? COLOR_GOOD :
	       !strcmp(status, doctor_levels[DOCTOR_FAULT]) ? COLOR_BAD : COLOR_ODD;
}

static void print(const struct doctor *d)
{
	enum color color;
	struct json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(d->found); i++) {
		o = json_object_array_get_idx(d->found, i);
		color = color_of(out_str(o, "status"));
		printf("%s%-8s%s %s: %s\n", color_on(color), out_str(o, "status"), color_off(color),
		       out_str(o, "check"), out_str(o, "text"));
		if (out_has(o, "fix"))
			printf("         fix: %s\n", out_str(o, "fix"));
	}
	if (!d->faults && !d->warnings)
		puts("nothing is wrong");
	else
		printf("%u fault%s, %u warning%s\n", d->faults, d->faults == 1 ? "" : "s",
		       d->warnings, d->warnings == 1 ? "" : "s");
}

LFCTL_COMMAND(doctor_main)
{
	struct doctor d = { .ctl = ctl };
	char word[8];
	int status;

	if (argc)
		return lfctl_usage(cmd, "doctor takes no argument '%s'", argv[0]);
	doctor_sysctl_word("net/netfilter/nf_log_all_netns", word, sizeof(word));
	d.log_all = !ctl->netns || *word == '1';
	status = ctl->netns ? netns_enter(ctl->netns) : 0;
	if (status)
		return status;
	d.found = json_object_new_array();
	doctor_rights(&d);
	if (doctor_module(&d))
		look(&d);
	doctor_kernels(&d);
	doctor_plugins(&d);
	if (d.reading) {
		doctor_slots(&d);
		doctor_net(&d);
		doctor_log(&d);
	}
	doctor_conf(&d);
	if (ctl->json)
		out_json(json_object_get(d.found));
	else
		print(&d);
	json_object_put(d.reading);
	json_object_put(d.found);
	return d.faults ? LFCTL_FAIL : 0;
}
