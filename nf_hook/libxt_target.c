// SPDX-License-Identifier: GPL-2.0
/*
 * libxt_LITEFLOW.so: the iptables side of the LITEFLOW target. What it saves is valid as input.
 */
#include "libxt.h"

#include <getopt.h>
#include <string.h>

#define NAME	"LITEFLOW"

enum {
	O_SLOT, O_SET_MARK, O_SET_PRIORITY, O_SAVE_CT, O_MASK, O_SHIFT, O_MAP, O_DROP_CLASS,
	O_SET_LABEL, O_LOG, O_STRICT
};

static const struct option options[] = {
	{ "slot", required_argument, NULL, O_SLOT },
	{ "set-mark", no_argument, NULL, O_SET_MARK },
	{ "set-priority", no_argument, NULL, O_SET_PRIORITY },
	{ "save-ct", no_argument, NULL, O_SAVE_CT },
	{ "mask", required_argument, NULL, O_MASK },
	{ "shift", required_argument, NULL, O_SHIFT },
	{ "map", required_argument, NULL, O_MAP },
	{ "drop-class", required_argument, NULL, O_DROP_CLASS },
	{ "set-label", no_argument, NULL, O_SET_LABEL },
	{ "log", no_argument, NULL, O_LOG },
	{ "strict", no_argument, NULL, O_STRICT },
	{ 0 }
};

static void help(void)
{
	printf(
NAME " target options:\n"
"  --slot NAME            whose model gives the verdict (lfctl slot list)\n"
"  --set-mark             put the verdict's value into the packet's mark\n"
"  --set-priority         into its priority, which may name a class of a qdisc\n"
"  --save-ct              into the mark of its connection\n"
"  --set-label            give its connection the label of that number, of all\n"
"                         those that --map names\n"
"  --mask BITS            of a mark, those that the value may change (all)\n"
"  --shift N              of a mark, the bit where the value begins (0)\n"
"  --map CLASS:VALUE ...  the value of each class; a class that is left out sets\n"
"                         nothing; without --map the value is the class's index.\n"
"                         VALUE may be MAJOR:MINOR, as in tc. For models of\n"
"                         values CLASS is an upper bound.\n"
"  --drop-class CLASS[,CLASS...]\n"
"                         drop packets of these classes\n"
"  --log                  log packets of the classes named, 10 in a second\n"
"  --strict               refuse the rule if the slot's model lacks a class named\n"
"CLASS may be none, full, ...: packets without a verdict.\n"
"See iptables-liteflow(8).\n");
}

/* The rule being parsed: final_check() does not get it. */
static struct xt_liteflow_tginfo *rule;

static void init(struct xt_entry_target *t)
{
	rule = (struct xt_liteflow_tginfo *)t->data;
	rule->mask = UINT32_MAX;
}

static unsigned int entries(const struct xt_liteflow_tginfo *info)
{
	return info->n_map + info->n_drop;
}

/* Classes to drop follow the mapped ones, in whatever order they are given. */
static void add_class(struct xt_liteflow_tginfo *info, const char *s, size_t len,
		      const uint32_t *value)
{
	unsigned int n = entries(info), at = value ? info->n_map : n, i;
	struct xt_liteflow_entry e = { .value = value ? *value : 0 };

	libxt_name(e.class_name, s, len,
		   value ? NAME ": a class of --map" : NAME ": a class of --drop-class");
	if (n == XT_LITEFLOW_ENTRIES_MAX)
		libxt_refuse(NAME ": --map and --drop-class have at most %d classes",
			     XT_LITEFLOW_ENTRIES_MAX);
	for (i = 0; i < n; i++)
		if (!strcmp(info->entry[i].class_name, e.class_name))
			libxt_refuse(NAME ": class %s is named twice", e.class_name);
	memmove(&info->entry[at + 1], &info->entry[at], (n - at) * sizeof(e));
	info->entry[at] = e;
	if (value)
		info->n_map++;
	else
		info->n_drop++;
}

/* A number, or MAJOR:MINOR in hexadecimal as in tc. */
static bool parse_value(const char *s, uint32_t *value)
{
	unsigned int major, minor;
	int end = 0;

	if (units_u32(s, UINT32_MAX, value))
		return true;
	if (strspn(s, "0123456789abcdefABCDEF:") != strlen(s) ||
	    sscanf(s, "%4x:%4x%n", &major, &minor, &end) != 2 || s[end])
		return false;
	*value = major << 16 | minor;
	return true;
}

static void parse_entry(struct xt_liteflow_tginfo *info, const char *s)
{
	const char *colon = strchr(s, ':');
	uint32_t value;

	if (!colon)
		libxt_refuse(NAME ": --map is CLASS:VALUE ..., not \"%s\"", s);
	if (!parse_value(colon + 1, &value))
		libxt_refuse(NAME
			     ": a value of --map is a number up to %u or MAJOR:MINOR, not \"%s\"",
			     UINT32_MAX, colon + 1);
	add_class(info, s, colon - s, &value);
}

/* Any number of words. */
static void parse_map(struct xt_liteflow_tginfo *info, char **argv)
{
	parse_entry(info, optarg);
	while (argv[optind] && *argv[optind] != '-' && strchr(argv[optind], ':'))
		parse_entry(info, argv[optind++]);
}

static void parse_drop(struct xt_liteflow_tginfo *info, const char *s)
{
	size_t len;

	do {
		len = strcspn(s, ",");
		add_class(info, s, len, NULL);
		s += len;
	} while (*s++);
}

static int parse(int c, char **argv, int invert, unsigned int *flags, const void *entry,
		 struct xt_entry_target **target)
{
	struct xt_liteflow_tginfo *info = (struct xt_liteflow_tginfo *)(*target)->data;
	uint32_t v;

	if (c < O_SLOT || c > O_STRICT)
		return 0;
	if (invert)
		libxt_refuse(NAME ": --%s cannot be inverted", options[c].name);
	if (*flags & 1u << c && c != O_MAP && c != O_DROP_CLASS)
		libxt_refuse(NAME ": --%s is given twice", options[c].name);
	*flags |= 1u << c;
	switch (c) {
	case O_SLOT:
		libxt_check_table(argv, NAME);
		libxt_name(info->slot, optarg, strlen(optarg), NAME ": --slot");
		break;
	case O_SET_MARK:
		info->what |= XT_LITEFLOW_SET_MARK;
		break;
	case O_SET_PRIORITY:
		libxt_check_priority(argv, NAME);
		info->what |= XT_LITEFLOW_SET_PRIORITY;
		break;
	case O_SAVE_CT:
		libxt_check_save_ct(argv, NAME, "save-ct");
		info->what |= XT_LITEFLOW_SAVE_CT;
		break;
	case O_SET_LABEL:
		libxt_check_save_ct(argv, NAME, "set-label");
		info->what |= XT_LITEFLOW_SET_LABEL;
		break;
	case O_LOG:
		info->what |= XT_LITEFLOW_LOG;
		break;
	case O_STRICT:
		info->what |= XT_LITEFLOW_STRICT;
		break;
	case O_MASK:
		if (!units_u32(optarg, UINT32_MAX, &info->mask) || !info->mask)
			libxt_refuse(NAME ": --mask is 1 to 0xffffffff, not \"%s\"", optarg);
		break;
	case O_SHIFT:
		if (!units_u32(optarg, 31, &v))
			libxt_refuse(NAME ": --shift is 0 to 31, not \"%s\"", optarg);
		info->shift = v;
		break;
	case O_MAP:
		parse_map(info, argv);
		break;
	case O_DROP_CLASS:
		parse_drop(info, optarg);
		break;
	}
	return 1;
}

/*
 * Rejects what the kernel would reject because options do not fit together, with a message on the
 * terminal instead of the kernel log.
 */
static void final_check(unsigned int flags)
{
	const unsigned int marks = XT_LITEFLOW_SET_MARK | XT_LITEFLOW_SAVE_CT;
	const unsigned int sets = marks | XT_LITEFLOW_SET_PRIORITY | XT_LITEFLOW_SET_LABEL;
	unsigned int i;

	if (!(flags & 1 << O_SLOT))
		libxt_refuse(NAME ": --slot is missing");
	if (!(rule->what & sets) && rule->n_map)
		libxt_refuse(NAME ": --map goes with --set-mark, --set-priority, --save-ct or "
			     "--set-label");
	if (!(rule->what & sets) && !rule->n_drop)
		libxt_refuse(NAME ": nothing to do: give --set-mark, --set-priority, --save-ct, "
			     "--set-label or --drop-class");
	if (rule->what & XT_LITEFLOW_SET_LABEL && !rule->n_map)
		libxt_refuse(NAME ": --set-label goes with --map, which has the numbers of the "
			     "labels");
	if (rule->what & (XT_LITEFLOW_LOG | XT_LITEFLOW_STRICT) && !entries(rule))
		libxt_refuse(NAME ": --log and --strict need --map or --drop-class");
	for (i = 0; i < rule->n_map && rule->what & XT_LITEFLOW_SET_LABEL; i++)
		if (rule->entry[i].value > XT_LITEFLOW_LABEL_MAX)
			libxt_refuse(NAME ": value %u of class %s is not a label: labels are 0 to "
				     "%d",
				     rule->entry[i].value, rule->entry[i].class_name,
				     XT_LITEFLOW_LABEL_MAX);
	if (flags & (1 << O_MASK | 1 << O_SHIFT) && !(rule->what & marks))
		libxt_refuse(NAME ": --mask and --shift need --set-mark or --save-ct");
	if (!(rule->mask >> rule->shift))
		libxt_refuse(NAME
			     ": --mask 0x%x has no bit at or above bit %u, where --shift begins",
			     rule->mask, rule->shift);
	for (i = 0; i < rule->n_map && rule->what & marks; i++)
		if ((uint64_t)rule->entry[i].value << rule->shift & ~(uint64_t)rule->mask)
			libxt_refuse(NAME
				     ": value %u of class %s does not fit --mask 0x%x --shift %u",
				     rule->entry[i].value, rule->entry[i].class_name, rule->mask,
				     rule->shift);
}

static void print_entry(const struct xt_liteflow_tginfo *info, const struct xt_liteflow_entry *e)
{
	printf(" %s:", e->class_name);
	if (info->what & XT_LITEFLOW_SET_PRIORITY && e->value >> 16)
		printf("%x:%x", e->value >> 16, e->value & 0xffff);
	else
		printf("%u", e->value);
}

/* @lead: "--" for valid input, "" in listings. */
static void print_rule(const struct xt_liteflow_tginfo *info, const char *lead)
{
	unsigned int i;

	printf(" %sslot %s", lead, info->slot);
	if (info->what & XT_LITEFLOW_SET_MARK)
		printf(" %sset-mark", lead);
	if (info->what & XT_LITEFLOW_SET_PRIORITY)
		printf(" %sset-priority", lead);
	if (info->what & XT_LITEFLOW_SAVE_CT)
		printf(" %ssave-ct", lead);
	if (info->what & XT_LITEFLOW_SET_LABEL)
		printf(" %sset-label", lead);
	if (info->mask != UINT32_MAX)
		printf(" %smask 0x%x", lead, info->mask);
	if (info->shift)
		printf(" %sshift %u", lead, info->shift);
	if (info->n_map)
		printf(" %smap", lead);
	for (i = 0; i < info->n_map; i++)
		print_entry(info, &info->entry[i]);
	if (info->n_drop)
		printf(" %sdrop-class ", lead);
	for (; i < entries(info); i++)
		printf("%s%s", i > info->n_map ? "," : "", info->entry[i].class_name);
	if (info->what & XT_LITEFLOW_LOG)
		printf(" %slog", lead);
	if (info->what & XT_LITEFLOW_STRICT)
		printf(" %sstrict", lead);
}

static void print(const void *ip, const struct xt_entry_target *target, int numeric)
{
	printf(" " NAME);
	print_rule((const struct xt_liteflow_tginfo *)target->data, "");
}

static void save(const void *ip, const struct xt_entry_target *target)
{
	print_rule((const struct xt_liteflow_tginfo *)target->data, "--");
}

/*
 * No translation: nft has no equivalent, and an inexact one would be saved and loaded in place of
 * the rule.
 */
static struct xtables_target targets[] = {
	{
		.version	= XTABLES_VERSION,
		.name		= NAME,
		.revision	= 0,
		.family		= NFPROTO_UNSPEC,
		.size		= XT_ALIGN(sizeof(struct xt_liteflow_tginfo)),
		.userspacesize	= offsetof(struct xt_liteflow_tginfo, kernel),
		.help		= help,
		.init		= init,
		.parse		= parse,
		.final_check	= final_check,
		.print		= print,
		.save		= save,
		.extra_opts	= options,
	},
};

static void __attribute__((constructor)) register_targets(void)
{
	xtables_register_targets(targets, sizeof(targets) / sizeof(targets[0]));
}
