// SPDX-License-Identifier: GPL-2.0
/* lfctl metrics [-o FILE] [--openmetrics] */
#include "metrics.h"

#include <string.h>

#include "commands.h"
#include "nl.h"
#include "openmetrics.h"
#include "out.h"
#include "reading.h"
#include "replace.h"
#include "tcp.h"
#include "version.h"

struct metrics_args {
	const char *file;
	bool openmetrics;
};

static bool has_tcp(struct json_object *reading)
{
	size_t i;

	for (i = 0; i < out_length(reading, "attachments"); i++)
		if (!strcmp(out_str(out_at(reading, "attachments", i), "kind"), "tcp"))
			return true;
	return false;
}

static int take(struct nl *nl, struct json_object **reading)
{
	struct json_object *module, *states;
	int status = version_get(nl, &module);

	if (status)
		return status;
	status = reading_take(nl, NULL, READING_MAPS | READING_BANDS, reading);
	if (status) {
		json_object_put(module);
		return status;
	}
	json_object_object_add(*reading, "module", module);
	if (!has_tcp(*reading))
		return 0;
	states = tcp_states();
	if (states)
		json_object_object_add(*reading, "connections", states);
	return states ? 0 : LFCTL_FAIL;
}

static int parse_args(const struct command *cmd, struct metrics_args *a, int argc, char **argv)
{
	int i;

	a->file = "-";
	a->openmetrics = false;
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--openmetrics")) {
			a->openmetrics = true;
		} else if (!strcmp(argv[i], "-o") || !strcmp(argv[i], "--output")) {
			if (++i == argc || !*argv[i])
				return lfctl_usage(cmd, "-o needs a file");
			a->file = argv[i];
		} else {
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		}
	}
	return 0;
}

static int write_file(const struct lfctl *ctl, const struct metrics_args *a,
		      struct json_object *reading)
{
	struct replace r;
	struct om om = { .strict = a->openmetrics, .netns = ctl->netns };
	int status = replace_open(&r, a->file);

	if (status)
		return status;
	om.f = r.f;
	metrics_write(&om, reading);
	return replace_commit(&r);
}

/* Without the module there is output, too: liteflow_up is 0. */
LFCTL_COMMAND(metrics_main)
{
	struct json_object *reading = NULL;
	struct metrics_args a;
	struct nl nl;
	int status, written;

	if (ctl->json)
		return lfctl_usage(cmd, "metrics have no JSON; `lfctl -j stats` has the counters");
	status = parse_args(cmd, &a, argc, argv);
	if (status)
		return status;
	status = nl_open(&nl, ctl);
	if (!status) {
		status = take(&nl, &reading);
		nl_close(&nl);
	}
	written = write_file(ctl, &a, status ? NULL : reading);
	json_object_put(reading);
	return status ? status : written;
}
