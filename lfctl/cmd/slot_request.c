// SPDX-License-Identifier: GPL-2.0
/* What all commands share that change a slot: its name, the request, and the answer. */
#include <stdio.h>

#include <lq/name.h>

#include "nl.h"
#include "out.h"
#include "slot.h"

int slot_check_name(const struct command *cmd, int argc, char **argv)
{
	if (!argc)
		return lfctl_usage(cmd, "no slot given");
	if (!lq_name_ok(argv[0]))
		return lfctl_usage(cmd, "'%s' is not a name: " LQ_NAME_RULE,
				   argv[0]);
	return 0;
}

struct nlmsghdr *slot_request(struct nl *nl, uint8_t cmd, const char *name)
{
	struct nlmsghdr *nlh = nl_request(nl, cmd, 0);

	mnl_attr_put_strz(nlh, LITEFLOW_A_SLOT_NAME, name);
	return nlh;
}

void slot_print_change(const struct lfctl *ctl, const struct nl *nl, const char *name)
{
	struct json_object *o;

	if (!ctl->json) {
		if (*nl->note && !ctl->quiet)
			printf("slot %s: %s\n", name, nl->note);
		return;
	}
	o = json_object_new_object();
	out_add_str(o, "slot", name);
	out_add_bool(o, "changed", !*nl->note);
	out_json(o);
}
