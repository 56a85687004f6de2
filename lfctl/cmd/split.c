// SPDX-License-Identifier: GPL-2.0
/* lfctl slot split NAME ARM WEIGHT... [seed N] | NAME off */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/liteflow.h>

#include "args.h"
#include "lfctl.h"
#include "nl.h"
#include "slot.h"

#define ARMS_MAX	4

struct arm {
	uint8_t which;
	uint32_t generation, weight;
};

struct split {
	struct arm arm[ARMS_MAX];
	int n;
	bool have_seed;
	uint64_t seed;
};

/* active, standby, or a generation's number. */
static bool read_arm(const char *word, struct arm *arm)
{
	static const char *const words[] = { "active", "standby" };
	int which = args_word(word, words, 2);

	if (which >= 0) {
		arm->which = which;
		return true;
	}
	arm->which = LITEFLOW_ARM_WHICH_GENERATION;
	return args_u32(word, UINT32_MAX, &arm->generation) && arm->generation;
}

static bool read_seed(const char *word, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(word, &end, 0);
	return *word >= '0' && *word <= '9' && !*end && !errno;
}

static int read_pair(const struct command *cmd, struct split *s, const char *key, const char *word)
{
	struct arm *arm = &s->arm[s->n];

	if (!strcmp(key, "seed")) {
		s->have_seed = true;
		return read_seed(word, &s->seed) ?
			       0 :
			       lfctl_usage(cmd, "seed is a number of 64 bits, not '%s'", word);
	}
	if (s->n == ARMS_MAX)
		return lfctl_usage(cmd, "a split has at most %d arms", ARMS_MAX);
	if (!read_arm(key, arm))
		return lfctl_usage(cmd,
				   "'%s' is not an arm: active, standby or a generation's number",
				   key);
	if (!args_u32(word, INT32_MAX, &arm->weight))
		return lfctl_usage(cmd, "a weight is a number from 0 to %d, not '%s'", INT32_MAX,
				   word);
	s->n++;
	return 0;
}

static int read_args(const struct command *cmd, struct split *s, int argc, char **argv)
{
	int i, status = 0;

	memset(s, 0, sizeof(*s));
	if (argc == 1 && !strcmp(argv[0], "off"))
		return 0;
	for (i = 0; i < argc && !status; i += 2) {
		if (i + 1 == argc)
			return lfctl_usage(cmd, "%s needs %s", argv[i],
					   strcmp(argv[i], "seed") ? "a weight" : "a number");
		status = read_pair(cmd, s, argv[i], argv[i + 1]);
	}
	if (!status && !s->n)
		return lfctl_usage(cmd, "give arms, or off");
	return status;
}

static void put(struct nlmsghdr *nlh, const struct split *s)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < s->n; i++) {
		nest = mnl_attr_nest_start(nlh, LITEFLOW_A_SLOT_ARM);
		mnl_attr_put_u8(nlh, LITEFLOW_A_ARM_WHICH, s->arm[i].which);
		mnl_attr_put_u32(nlh, LITEFLOW_A_ARM_GENERATION, s->arm[i].generation);
		mnl_attr_put_u32(nlh, LITEFLOW_A_ARM_WEIGHT, s->arm[i].weight);
		mnl_attr_nest_end(nlh, nest);
	}
	if (s->have_seed)
		mnl_attr_put_u64(nlh, LITEFLOW_A_SLOT_SEED, s->seed);
}

LFCTL_COMMAND(split_main)
{
	struct split split;
	struct nlmsghdr *nlh;
	struct nl nl;
	int status = slot_check_name(cmd, argc, argv);

	if (!status)
		status = read_args(cmd, &split, argc - 1, argv + 1);
	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	nlh = slot_request(&nl, LITEFLOW_CMD_SLOT_SPLIT, argv[0]);
	put(nlh, &split);
	if (nl_talk(&nl, nlh))
		status = nl_fail(&nl, "slot split %s", argv[0]);
	nl_close(&nl);
	return status;
}
