// SPDX-License-Identifier: GPL-2.0
/*
 * libxt_liteflow.so: the iptables side of the liteflow match. What it saves is valid as input.
 */
#include "libxt.h"

#include <getopt.h>
#include <string.h>

#define NAME	"liteflow"

enum { O_SLOT, O_CLASS, O_SCORE_MIN, O_CONFIDENCE_MIN, O_STRICT };

static const struct option options[] = {
	{ "slot", required_argument, NULL, O_SLOT },
	{ "class", required_argument, NULL, O_CLASS },
	{ "score-min", required_argument, NULL, O_SCORE_MIN },
	{ "confidence-min", required_argument, NULL, O_CONFIDENCE_MIN },
	{ "strict", no_argument, NULL, O_STRICT },
	{ 0 }
};

static void help(void)
{
	printf(
NAME " match options:\n"
"    --slot NAME          whose model gives the verdict (lfctl slot list)\n"
"[!] --class CLASS[,CLASS...]\n"
"                         the class, by name or index, is one of these; for models\n"
"                         of values: the value is at most this\n"
"[!] --score-min N        the output of the model, for classes that of the class,\n"
"                         is at least N in its unit; up to six decimals\n"
"[!] --confidence-min P   the class is at least so probable against the second\n"
"                         best alone, 1 to 99 per cent\n"
"    --strict             refuse the rule if the slot's model lacks a class named\n"
"All that is given must hold. A packet without a verdict matches none of it but\n"
"its own words: --class none, full, ...\n"
"See iptables-liteflow(8).\n");
}

static void parse_classes(struct xt_liteflow_mtinfo *info, const char *s)
{
	char name[XT_LITEFLOW_NAME_LEN];
	unsigned int i;
	size_t len;

	do {
		len = strcspn(s, ",");
		libxt_name(name, s, len, NAME ": a class of --class");
		if (info->n_classes == XT_LITEFLOW_CLASSES_MAX)
			libxt_refuse(NAME ": --class has at most %d classes",
				     XT_LITEFLOW_CLASSES_MAX);
		for (i = 0; i < info->n_classes; i++)
			if (!strcmp(info->class_name[i], name))
				libxt_refuse(NAME ": class %s is named twice", name);
		memcpy(info->class_name[info->n_classes++], name, sizeof(name));
		s += len;
	} while (*s++);
}

static int parse(int c, char **argv, int invert, unsigned int *flags, const void *entry,
		 struct xt_entry_match **match)
{
	static const uint8_t criterion[] = {
		[O_SLOT] = 0, [O_CLASS] = XT_LITEFLOW_CLASS, [O_SCORE_MIN] = XT_LITEFLOW_SCORE,
		[O_CONFIDENCE_MIN] = XT_LITEFLOW_CONFIDENCE, [O_STRICT] = 0,
	};
	struct xt_liteflow_mtinfo *info = (struct xt_liteflow_mtinfo *)(*match)->data;
	int64_t score;
	uint32_t v;

	if (c < O_SLOT || c > O_STRICT)
		return 0;
	if (*flags & 1u << c)
		libxt_refuse(NAME ": --%s is given twice", options[c].name);
	*flags |= 1u << c;
	info->what |= criterion[c];
	info->invert |= invert ? criterion[c] : 0;
	switch (c) {
	case O_SLOT:
		if (invert)
			libxt_refuse(NAME ": --slot cannot be inverted");
		libxt_check_table(argv, NAME);
		libxt_name(info->slot, optarg, strlen(optarg), NAME ": --slot");
		break;
	case O_CLASS:
		parse_classes(info, optarg);
		break;
	case O_SCORE_MIN:
		if (!libxt_decimal(optarg, &score))
			libxt_refuse(NAME ": --score-min is a number with up to six decimals, "
				     "not \"%s\"",
				     optarg);
		info->score_min = score;
		break;
	case O_CONFIDENCE_MIN:
		if (!units_u32(optarg, XT_LITEFLOW_CONFIDENCE_MAX, &v) || !v)
			libxt_refuse(NAME ": --confidence-min is 1 to %d per cent, not \"%s\"",
				     XT_LITEFLOW_CONFIDENCE_MAX, optarg);
		info->confidence_min = v;
		break;
	case O_STRICT:
		if (invert)
			libxt_refuse(NAME ": --strict cannot be inverted");
		info->flags |= XT_LITEFLOW_MATCH_STRICT;
		break;
	}
	return 1;
}

static void final_check(unsigned int flags)
{
	if (flags & 1 << O_STRICT && !(flags & 1 << O_CLASS))
		libxt_refuse(NAME ": --strict needs --class");
	if (!(flags & 1 << O_SLOT))
		libxt_refuse(NAME ": --slot is missing");
	if (!(flags & (1 << O_CLASS | 1 << O_SCORE_MIN | 1 << O_CONFIDENCE_MIN)))
		libxt_refuse(NAME
			     ": nothing to match: give --class, --score-min or --confidence-min");
}

/* @lead: "--" for valid input, "" in listings. Returns false if the rule does not have it. */
static bool print_word(const struct xt_liteflow_mtinfo *info, enum xt_liteflow_if what,
		       const char *lead, const char *word)
{
	if (info->what & what)
		printf("%s %s%s ", info->invert & what ? " !" : "", lead, word);
	return info->what & what;
}

static void print_rule(const struct xt_liteflow_mtinfo *info, const char *lead)
{
	unsigned int i;

	printf(" %sslot %s", lead, info->slot);
	print_word(info, XT_LITEFLOW_CLASS, lead, "class");
	for (i = 0; i < info->n_classes; i++)
		printf("%s%s", i ? "," : "", info->class_name[i]);
	if (print_word(info, XT_LITEFLOW_SCORE, lead, "score-min"))
		libxt_print_decimal(info->score_min);
	if (print_word(info, XT_LITEFLOW_CONFIDENCE, lead, "confidence-min"))
		printf("%u", info->confidence_min);
	if (info->flags & XT_LITEFLOW_MATCH_STRICT)
		printf(" %sstrict", lead);
}

static void print(const void *ip, const struct xt_entry_match *match, int numeric)
{
	printf(" " NAME);
	print_rule((const struct xt_liteflow_mtinfo *)match->data, "");
}

static void save(const void *ip, const struct xt_entry_match *match)
{
	print_rule((const struct xt_liteflow_mtinfo *)match->data, "--");
}

/*
 * No translation: nft has no equivalent, and an inexact one would be saved and loaded in place of
 * the rule.
 */
static struct xtables_match matches[] = {
	{
		.version	= XTABLES_VERSION,
		.name		= NAME,
		.revision	= 0,
		.family		= NFPROTO_UNSPEC,
		.size		= XT_ALIGN(sizeof(struct xt_liteflow_mtinfo)),
		.userspacesize	= offsetof(struct xt_liteflow_mtinfo, rule),
		.help		= help,
		.parse		= parse,
		.final_check	= final_check,
		.print		= print,
		.save		= save,
		.extra_opts	= options,
	},
};

static void __attribute__((constructor)) register_matches(void)
{
	xtables_register_matches(matches, sizeof(matches) / sizeof(matches[0]));
}
