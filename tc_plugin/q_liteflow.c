// SPDX-License-Identifier: GPL-2.0
/* tc's side of the liteflow qdisc: words to attributes, attributes to text and JSON. */
#include <string.h>
#include "plugin.h"

static void explain(void)
{
	fprintf(stderr,
		"Usage: ... liteflow [ slot NAME ] [ bands 1..16 ]\n"
		"                    [ map [ strict ] CLASS:BAND ... | map none ] [ default BAND "
		"]\n"
		"                    [ mode drr* | strict | srpt ] [ quantum BYTES ... ] [ starve "
		"TIME ]\n"
		"                    [ order exact | bands ]\n"
		"                    [ thresholds BYTES ... | thresholds auto* ]\n"
		"                    [ limit PACKETS ] [ ecn* | noecn ]\n"
		"                    [ flows NUMBER ] [ idle auto|TIME ] [ inner* | noinner ]\n"
		"                    [ split-gso | no-split-gso* ]\n"
		"                    [ every N | phases N,N,... ]\n"
		"(* marks defaults; else: slot default, bands 3, default the middle band,\n"
		" mode srpt: order exact; bands or thresholds given: order bands, of which 8,\n"
		" quantum four full frames, one for the last band, starve 100ms, limit 10240, "
		"flows 65536,\n"
		" idle auto, phases 1,2,4,8,... for ever. See tc-liteflow(8).)\n");
}

/* An option has a value, or it is a word that sets an attribute to 1 or 0. */
#define VALUE(word, other)	{ .name = #word, .parse = parse_##word, .excludes = other }
#define FLAG(word, attribute, value, other) \
	{ .name = word, .flag = attribute, .on = value, .excludes = other }

static const struct option {
	const char *name;
	const char *excludes;
	int (*parse)(struct nlmsghdr *n, int argc, char **argv);
	int flag;
	bool on;
} options[] = {
	VALUE(slot, NULL),
	VALUE(bands, NULL),
	VALUE(map, NULL),
	VALUE(mode, NULL),
	VALUE(quantum, NULL),
	VALUE(thresholds, NULL),
	VALUE(order, NULL),
	VALUE(default, NULL),
	VALUE(limit, NULL),
	VALUE(flows, NULL),
	VALUE(every, "phases"),
	VALUE(phases, "every"),
	FLAG("ecn", TCA_LITEFLOW_ECN, true, "noecn"),
	FLAG("noecn", TCA_LITEFLOW_ECN, false, "ecn"),
	FLAG("inner", TCA_LITEFLOW_INNER, true, "noinner"),
	FLAG("noinner", TCA_LITEFLOW_INNER, false, "inner"),
	FLAG("split-gso", TCA_LITEFLOW_SPLIT_GSO, true, "no-split-gso"),
	FLAG("no-split-gso", TCA_LITEFLOW_SPLIT_GSO, false, "split-gso"),
	VALUE(starve, NULL),
	VALUE(idle, NULL),
};

#define N_OPTIONS	(sizeof(options) / sizeof(options[0]))

static int find_option(const char *name)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (!strcmp(options[i].name, name))
			return i;
	return -1;
}

/* Returns how many words the option at argv[0] consumed, or -1. */
static int parse_option(struct nlmsghdr *n, int argc, char **argv, bool *seen)
{
	int i = find_option(*argv), took;
	const struct option *o = &options[i];

	if (i < 0) {
		bad("there is no option \"%s\"", *argv);
		explain();
		return -1;
	}
	if (seen[i])
		return bad("%s is given twice", o->name);
	if (o->excludes && seen[find_option(o->excludes)])
		return bad("%s and %s exclude each other", o->excludes, o->name);
	seen[i] = true;
	if (o->flag) {
		put_u8(n, o->flag, o->on);
		return 1;
	}
	if (argc < 2)
		return bad("%s needs a value", o->name);
	took = o->parse(n, argc - 1, argv + 1);
	return took < 0 ? -1 : 1 + took;
}

static int liteflow_parse_opt(const struct qdisc_util *qu, int argc, char **argv,
			      struct nlmsghdr *n, const char *dev)
{
	const char *missing = tc_abi_missing();
	bool seen[N_OPTIONS] = { false };
	struct rtattr *nest;
	int took;

	if (missing)
		return bad("this tc has no function %s: install the plugin that came with it",
			   missing);
	nest = addattr_nest(n, MSG_MAX, TCA_OPTIONS | NLA_F_NESTED);
	put_u32(n, TCA_LITEFLOW_PROTOCOL, LITEFLOW_QDISC_PROTOCOL);
	for (; argc > 0; argc -= took, argv += took) {
		if (!strcmp(*argv, "help")) {
			explain();
			return -1;
		}
		took = parse_option(n, argc, argv, seen);
		if (took < 0)
			return -1;
	}
	addattr_nest_end(n, nest);
	return 0;
}

static int liteflow_parse_class_opt(const struct qdisc_util *qu, int argc, char **argv,
				    struct nlmsghdr *n, const char *dev)
{
	return bad("the classes are the bands of the qdisc: use tc qdisc change ... liteflow");
}

__attribute__((__visibility__("default")))
struct qdisc_util liteflow_qdisc_util = {
	.id		= "liteflow",
	.parse_qopt	= liteflow_parse_opt,
	.print_qopt	= liteflow_print_opt,
	.print_xstats	= liteflow_print_xstats,
	.parse_copt	= liteflow_parse_class_opt,
	.print_copt	= liteflow_print_class_opt,
};
