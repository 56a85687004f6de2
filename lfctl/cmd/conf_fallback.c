// SPDX-License-Identifier: GPL-2.0
/*
 * Without the modules (another kernel was booted, or they are not built for it) there is no
 * liteflow qdisc. Instead of its default qdisc, a device then gets the standard one that the file
 * names.
 */
#include "conf_fallback.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_plan.h"
#include "conf_tc.h"
#include "lfctl.h"
#include "spawn.h"

static bool any(const struct conf *want, enum conf_kind kind)
{
	size_t i;

	for (i = 0; i < want->n; i++)
		if (want->sections[i].kind == kind)
			return true;
	return false;
}

static bool wants_cc(const struct conf *want)
{
	const struct conf_section *s = conf_find(want, CONF_TCP, "");
	const char *cc = conf_get(s, "congestion_control");

	return conf_get(s, "slot") || (cc && !strcmp(cc, "liteflow"));
}

const char *fallback_missing(const struct conf *want)
{
	if (!spawn_module("liteflow"))
		return "liteflow";
	if (any(want, CONF_HOOK) && !spawn_module("nf_liteflow"))
		return "nf_liteflow";
	if (any(want, CONF_QDISC) && !spawn_module("sch_liteflow"))
		return "sch_liteflow";
	if (wants_cc(want) && !spawn_module("tcp_liteflow"))
		return "tcp_liteflow";
	return NULL;
}

/* Does a qdisc of the kind exist already? */
static bool is_there(const struct tc_list *list, const char *dev, const char *place,
		     const char *qdisc)
{
	const struct tc_qdisc *q = tc_at(list, dev, place);
	size_t n = strcspn(qdisc, " ");

	return q && strlen(q->kind) == n && !strncmp(q->kind, qdisc, n);
}

static int one(const struct lfctl *ctl, const struct tc_list *list,
	       const struct conf_section *s, const char *device, bool dry)
{
	const char *qdisc = conf_get(s, "fallback");
	char dev[IFNAMSIZ], *line;
	int status = 0;

	if (!qdisc || !conf_device(s, dev, sizeof(dev)) || (device && strcmp(device, dev)) ||
	    !if_nametoindex(dev) || is_there(list, dev, conf_place(s), qdisc))
		return 0;
	line = plan_text("tc qdisc replace dev %s %s %s", dev, conf_place(s), qdisc);
	if (dry)
		puts(line);
	else
		status = plan_run_line(ctl, line);
	free(line);
	return status;
}

int fallback_apply(const struct lfctl *ctl, const struct conf *want, const char *device,
		   const char *missing, bool dry)
{
	struct tc_list list;
	size_t i;
	int status;

	lfctl_fail("the module %s cannot be loaded into this kernel: qdiscs are as `fallback` "
		   "says, nothing else "
		   "was applied",
		   missing);
	if (!any(want, CONF_QDISC))
		return LFCTL_FALLBACK;
	status = tc_read(&list);
	for (i = 0; i < want->n; i++)
		if (want->sections[i].kind == CONF_QDISC &&
		    one(ctl, &list, &want->sections[i], device, dry))
			status = LFCTL_FAIL;
	tc_free(&list);
	return status ? status : LFCTL_FALLBACK;
}
