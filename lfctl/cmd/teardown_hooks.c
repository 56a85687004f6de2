// SPDX-License-Identifier: GPL-2.0
/* Hooks: what `lfctl hook list` shows, deleted by name. */
#include "teardown.h"

#include <unistd.h>

#include <linux/liteflow_hook.h>

#include "field.h"
#include "nl.h"
#include "out.h"

#define MODULE	"nf_liteflow"

static const struct field fields[] = {
	{ "name", LITEFLOW_HOOK_A_HOOK_NAME, FIELD_STR },
	{ 0 }
};

static void remove_one(struct teardown *t, struct nl *nl, const char *name)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_HOOK_CMD_DEL, 0);

	mnl_attr_put_strz(nlh, LITEFLOW_HOOK_A_HOOK_NAME, name);
	if (!t->dry && nl_talk(nl, nlh))
		t->status = nl_fail(nl, "hook %s", name);
	else
		teardown_say(t, "hook %s", name);
}

void teardown_hooks(struct teardown *t)
{
	const struct lfctl here = { 0 };	/* the namespace was entered before */
	struct json_object *array;
	struct nl nl;
	size_t i;

	if (access("/sys/module/" MODULE, F_OK))
		return;
	if (nl_open(&nl, &here)) {
		t->status = LFCTL_FAIL;
		return;
	}
	if (nl_use(&nl, LITEFLOW_HOOK_FAMILY_NAME, MODULE)) {
		t->status = LFCTL_FAIL;
	} else if (nl_collect(&nl, nl_request(&nl, LITEFLOW_HOOK_CMD_GET, NLM_F_DUMP), fields,
			      &array)) {
		t->status = nl_fail(&nl, "hook list");
	} else {
		for (i = 0; i < json_object_array_length(array); i++)
			remove_one(t, &nl, out_str(json_object_array_get_idx(array, i), "name"));
		json_object_put(array);
	}
	nl_close(&nl);
}
