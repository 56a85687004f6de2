// SPDX-License-Identifier: GPL-2.0
/* lfctl monitor [SLOT]: a line for every event, JSON lines with -j, until SIGINT or SIGTERM. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <lq/name.h>

#include "commands.h"
#include "field.h"
#include "guard.h"
#include "nl.h"
#include "out.h"
#include "stop.h"

static const struct field fields[] = {
	{ "time", LITEFLOW_A_EVENT_TIME, FIELD_U64 },
	{ "slot", LITEFLOW_A_EVENT_SLOT, FIELD_STR },
	{ "event", LITEFLOW_A_EVENT_WHAT, FIELD_STR },
	{ "generation", LITEFLOW_A_EVENT_GENERATION, FIELD_U32 },
	{ "snapshot", LITEFLOW_A_EVENT_SNAPSHOT, FIELD_STR },
	{ "hash", LITEFLOW_A_EVENT_HASH, FIELD_HASH },
	{ "trip", LITEFLOW_A_EVENT_TRIP, FIELD_OBJECT, FIELD_SUB(trip_fields) },
	{ 0 }
};

struct monitor {
	const struct lfctl *ctl;
	const char *slot;	/* NULL: all */
};

static void print_text(struct json_object *o)
{
	char time[OUT_SHORT];

	printf("%s", out_time(out_u64(o, "time"), time));
	if (out_has(o, "slot"))
		printf(" slot %s", out_str(o, "slot"));
	printf(" %s", out_str(o, "event"));
	if (out_has(o, "snapshot"))
		printf(" snapshot %s %.*s", out_str(o, "snapshot"), OUT_HASH_SHORT,
		       out_str(o, "hash"));
	if (out_u64(o, "generation"))
		printf(" generation %" PRIu64, out_u64(o, "generation"));
	if (out_has(o, "trip")) {
		printf(" stopped ");
		guard_print_trip(json_object_object_get(o, "trip"));
	}
	putchar('\n');
	fflush(stdout);
}

static void event(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct monitor *m = data;
	struct json_object *o;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) || genl->cmd != LITEFLOW_CMD_EVENT_NTF)
		return;
	o = field_message(nlh, fields);
	if (!o)
		return;
	if (m->slot && strcmp(out_str(o, "slot"), m->slot)) {
		json_object_put(o);
	} else if (m->ctl->json) {
		out_json_line(o);
	} else {
		print_text(o);
		json_object_put(o);
	}
}

static int run(struct nl *nl, struct monitor *m)
{
	int n;

	while (stop_wait(mnl_socket_get_fd(nl->sk), STOP_NEVER) > 0) {
		n = nl_receive(nl, event, m);
		if (n == -ENOBUFS)
			lfctl_fail("monitor: events came faster than they could be read: some are "
				   "lost");
		else if (n < 0 && n != -EAGAIN)
			return nl_fail(nl, "monitor");
		if (ferror(stdout))
			return lfctl_fail("standard output: %m");
	}
	return 0;
}

LFCTL_COMMAND(monitor_main)
{
	struct monitor m = { .ctl = ctl };
	struct nl nl;
	int status;

	if (argc > 1)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	if (argc && (!lq_name_ok(argv[0]) || argv[0][0] == '-'))
		return lfctl_usage(cmd, "'%s' is not a slot name", argv[0]);
	m.slot = argc ? argv[0] : NULL;
	stop_catch();
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = nl_join(&nl, nl.events, "monitor");
	if (!status)
		status = run(&nl, &m);
	nl_close(&nl);
	return status;
}
