// SPDX-License-Identifier: GPL-2.0
/*
 * tc's side of the liteflow qdisc: words to attributes, attributes to text and JSON.
 *
 * What is printed in text can be given back to tc as it stands. Values are checked here as far as this is possible
 * without knowing the qdisc; what has to fit with what is set already, the kernel checks, with sentences of its own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/pkt_sched_liteflow.h>
#include <linux/liteflow.h>
#include "../lfctl/units.h"
#include "tc_abi.h"

#define MSG_MAX		8192		/* of tc's 64 KiB: 64 entries of a map take less than 4 KiB */

#define US_PER_MS	1000ULL
#define US_PER_S	1000000ULL
#define NS_PER_US	1000ULL

static void explain(void)
{
	fprintf(stderr,
		"Usage: ... liteflow [ slot NAME ] [ bands 1..16 ]\n"
		"                    [ map [ strict ] CLASS:BAND ... | map none ] [ default BAND ]\n"
		"                    [ mode drr* | strict ] [ quantum BYTES ... ] [ starve TIME ]\n"
		"                    [ limit PACKETS ] [ ecn* | noecn ]\n"
		"                    [ flows NUMBER ] [ idle TIME ]\n"
		"                    [ every N | phases N,N,... ]\n"
		"(* marks defaults; else: slot default, bands 3, default the middle band,\n"
		" quantum four full frames, one for the last band, starve 100ms, limit 10240, flows 65536,\n"
		" idle 30s, phases 1,2,4,8,... for ever. See tc-liteflow(8).)\n");
}

static int bad(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));

/* One sentence to the user. Always -1. */
static int bad(const char *fmt, ...)
{
	va_list ap;

	fputs("liteflow: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

/* A number and what stands behind it; false if it does not begin with a digit or is too large. */
static bool number(const char *s, unsigned long long *v, const char **rest)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*v = strtoull(s, &end, 10);
	*rest = end;
	return !errno;
}

/* A whole number from lo to hi. */
static bool number_in(const char *s, unsigned long long lo, unsigned long long hi, unsigned long long *v)
{
	const char *rest;

	return number(s, v, &rest) && !*rest && *v >= lo && *v <= hi;
}

static const struct unit sizes[] = {
	{ "", 1 }, { "b", 1 }, { "k", 1 << 10 }, { "kb", 1 << 10 },
	{ "m", 1 << 20 }, { "mb", 1 << 20 },
	{ 0 }
};

/*
 * As lfctl reads them, but for a digit that there has to be in front, and decimals that would not
 * count.
 */
static bool with_unit(const char *s, const struct unit *units, const char *bare,
		      unsigned long long *v)
{
	const char *point = strchr(s, '.');
	uint64_t n;

	if (!isdigit((unsigned char)*s) || (point && strspn(point + 1, "0123456789") > 9))
		return false;
	if (!units_read(units, s, bare, 1, &n))
		return false;
	*v = n;
	return true;
}

/* Bytes, with k or m behind for KiB and MiB as everywhere in tc. */
static bool size_in(const char *s, unsigned long long lo, unsigned long long hi,
		    unsigned long long *v)
{
	return with_unit(s, sizes, "", v) && *v >= lo && *v <= hi;
}

/*
 * A time in whole microseconds: 2s, 1.5ms, 50us; a bare number is microseconds, as everywhere in
 * tc. What is less than one is refused, unless it is nothing.
 */
static bool usecs(const char *s, unsigned long long *us)
{
	unsigned long long ns;

	if (!with_unit(s, units_time, "us", &ns))
		return false;
	*us = ns / NS_PER_US;
	return *us || !ns;
}

static bool name_ok(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("._-", s[i]))
			return false;
	return len >= 1 && len < LITEFLOW_QDISC_NAME_LEN;
}

static void put_u8(struct nlmsghdr *n, int type, unsigned long long v)
{
	__u8 u = v;

	addattr_l(n, MSG_MAX, type, &u, sizeof(u));
}

static void put_u32(struct nlmsghdr *n, int type, unsigned long long v)
{
	__u32 u = v;

	addattr_l(n, MSG_MAX, type, &u, sizeof(u));
}

/*
 * One function for each option. argv[0] is its first value, argc how many words there are; each returns how many it
 * took, or -1 after it has said why.
 */

static int parse_slot(struct nlmsghdr *n, int argc, char **argv)
{
	if (!name_ok(*argv, strlen(*argv)))
		return bad("slot must be a name of 1 to 31 of the characters A-Z a-z 0-9 . _ -, not \"%s\"", *argv);
	addattr_l(n, MSG_MAX, TCA_LITEFLOW_SLOT, *argv, strlen(*argv) + 1);
	return 1;
}

static int parse_bands(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;

	if (!number_in(*argv, 1, LITEFLOW_QDISC_BANDS_MAX, &v))
		return bad("bands must be 1 to %d, not \"%s\"", LITEFLOW_QDISC_BANDS_MAX, *argv);
	put_u8(n, TCA_LITEFLOW_BANDS, v);
	return 1;
}

static int parse_entry(struct nlmsghdr *n, const char *arg)
{
	const char *colon = strrchr(arg, ':');
	char name[LITEFLOW_QDISC_NAME_LEN] = "";
	struct rtattr *nest;
	unsigned long long band;

	if (!name_ok(arg, colon - arg))
		return bad("class in the map must have 1 to 31 of the characters A-Z a-z 0-9 . _ -, not as in \"%s\"", arg);
	if (!number_in(colon + 1, 0, LITEFLOW_QDISC_BANDS_MAX - 1, &band))
		return bad("band in the map must be 0 to %d, not \"%s\"", LITEFLOW_QDISC_BANDS_MAX - 1, colon + 1);
	memcpy(name, arg, colon - arg);
	nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_MAP_ENTRY | NLA_F_NESTED);
	addattr_l(n, MSG_MAX, TCA_LITEFLOW_MAP_CLASS, name, strlen(name) + 1);
	put_u8(n, TCA_LITEFLOW_MAP_BAND, band);
	addattr_nest_end(n, nest);
	return 0;
}

static int parse_map(struct nlmsghdr *n, int argc, char **argv)
{
	struct rtattr *nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_MAP | NLA_F_NESTED);
	int strict = !strcmp(*argv, "strict"), i;

	if (strict)
		addattr_l(n, MSG_MAX, TCA_LITEFLOW_MAP_STRICT, NULL, 0);
	for (i = strict; i < argc && strchr(argv[i], ':'); i++) {
		if (i - strict == LITEFLOW_QDISC_MAP_MAX)
			return bad("map must not have more than %d entries", LITEFLOW_QDISC_MAP_MAX);
		if (parse_entry(n, argv[i]))
			return -1;
	}
	addattr_nest_end(n, nest);
	if (i > strict)
		return i;
	if (!strict && !strcmp(*argv, "none"))
		return 1;
	if (strict && argc == 1)
		return bad("map strict needs CLASS:BAND ...");
	return bad("map must be CLASS:BAND ... or none, not \"%s\"", argv[strict]);
}

static int parse_mode(struct nlmsghdr *n, int argc, char **argv)
{
	if (!strcmp(*argv, "strict"))
		put_u8(n, TCA_LITEFLOW_MODE, LITEFLOW_QDISC_STRICT);
	else if (!strcmp(*argv, "drr"))
		put_u8(n, TCA_LITEFLOW_MODE, LITEFLOW_QDISC_DRR);
	else
		return bad("mode must be strict or drr, not \"%s\"", *argv);
	return 1;
}

static int parse_quantum(struct nlmsghdr *n, int argc, char **argv)
{
	struct rtattr *nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_QUANTA | NLA_F_NESTED);
	unsigned long long v;
	int i;

	for (i = 0; i < argc && (!i || isdigit((unsigned char)*argv[i])); i++) {
		if (i == LITEFLOW_QDISC_BANDS_MAX)
			return bad("there must not be more than %d quanta", LITEFLOW_QDISC_BANDS_MAX);
		if (!size_in(argv[i], 1, 1 << 24, &v))
			return bad("quantum must be 1 to 16777216 bytes, not \"%s\"", argv[i]);
		put_u32(n, TCA_LITEFLOW_QUANTUM, v);
	}
	addattr_nest_end(n, nest);
	return i;
}

static int parse_default(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;

	if (!number_in(*argv, 0, LITEFLOW_QDISC_BANDS_MAX - 1, &v))
		return bad("default must be a band, 0 to %d, not \"%s\"", LITEFLOW_QDISC_BANDS_MAX - 1, *argv);
	put_u8(n, TCA_LITEFLOW_DEFAULT, v);
	return 1;
}

/* "10240p" is how it is printed. */
static int parse_limit(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;
	const char *rest;

	if (!number(*argv, &v, &rest) || (*rest && strcmp(rest, "p")) || v < 1 || v > UINT32_MAX)
		return bad("limit must be 1 to %u packets, not \"%s\"", UINT32_MAX, *argv);
	put_u32(n, TCA_LITEFLOW_LIMIT, v);
	return 1;
}

static int parse_flows(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;

	if (!number_in(*argv, 64, 4194304, &v))
		return bad("flows must be 64 to 4194304, not \"%s\"", *argv);
	put_u32(n, TCA_LITEFLOW_FLOWS, v);
	return 1;
}

static int parse_every(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;

	if (!number_in(*argv, 0, UINT32_MAX, &v))
		return bad("every must be a number of packets, or 0 for packets 1, 2, 4, 8, ..., not \"%s\"", *argv);
	put_u32(n, TCA_LITEFLOW_EVERY, v);
	return 1;
}

static int parse_phases(struct nlmsghdr *n, int argc, char **argv)
{
	struct rtattr *nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_PHASES | NLA_F_NESTED);
	unsigned long long v, last = 0;
	const char *s = *argv;
	int count = 0;

	do {
		if (!number(s, &v, &s) || v <= last || v > UINT32_MAX || (*s && *s != ','))
			return bad("phases must be packet numbers from 1 in ascending order, as in 1,2,5,10, not \"%s\"",
				   *argv);
		if (++count > LITEFLOW_QDISC_PHASES_MAX)
			return bad("there must not be more than %d phases", LITEFLOW_QDISC_PHASES_MAX);
		put_u32(n, TCA_LITEFLOW_PHASE, v);
		last = v;
	} while (*s++ == ',');
	addattr_nest_end(n, nest);
	return 1;
}

static int parse_ecn(struct nlmsghdr *n, int argc, char **argv)
{
	put_u8(n, TCA_LITEFLOW_ECN, 1);
	return 0;
}

static int parse_noecn(struct nlmsghdr *n, int argc, char **argv)
{
	put_u8(n, TCA_LITEFLOW_ECN, 0);
	return 0;
}

static int parse_starve(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long us;

	if (!usecs(*argv, &us) || us > UINT32_MAX)
		return bad("starve must be a time up to 4294s, as 100ms, or 0 for never, not \"%s\"", *argv);
	put_u32(n, TCA_LITEFLOW_STARVE, us);
	return 1;
}

static int parse_idle(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long us;

	if (!usecs(*argv, &us) || !us || us % US_PER_MS || us / US_PER_MS > UINT32_MAX)
		return bad("idle must be a time from 1ms to 4294967s in whole milliseconds, as 30s, not \"%s\"",
			   *argv);
	put_u32(n, TCA_LITEFLOW_IDLE, us / US_PER_MS);
	return 1;
}

static const struct option {
	const char *name;
	int min_argc;				/* words that must follow */
	int (*parse)(struct nlmsghdr *n, int argc, char **argv);
	const char *excludes;
} options[] = {
	{ "slot", 1, parse_slot, NULL },
	{ "bands", 1, parse_bands, NULL },
	{ "map", 1, parse_map, NULL },
	{ "mode", 1, parse_mode, NULL },
	{ "quantum", 1, parse_quantum, NULL },
	{ "default", 1, parse_default, NULL },
	{ "limit", 1, parse_limit, NULL },
	{ "flows", 1, parse_flows, NULL },
	{ "every", 1, parse_every, "phases" },
	{ "phases", 1, parse_phases, "every" },
	{ "ecn", 0, parse_ecn, "noecn" },
	{ "noecn", 0, parse_noecn, "ecn" },
	{ "starve", 1, parse_starve, NULL },
	{ "idle", 1, parse_idle, NULL },
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

/* How many words the option at argv[0] took, or -1. */
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
	if (argc - 1 < o->min_argc)
		return bad("%s needs a value", o->name);
	took = o->parse(n, argc - 1, argv + 1);
	return took < 0 ? -1 : 1 + took;
}

static int liteflow_parse_opt(const struct qdisc_util *qu, int argc, char **argv, struct nlmsghdr *n, const char *dev)
{
	const char *missing = tc_abi_missing();
	bool seen[N_OPTIONS] = { false };
	struct rtattr *nest;
	int took;

	if (missing)
		return bad("this tc has no function %s: install the plugin that came with it", missing);
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

static int liteflow_parse_class_opt(const struct qdisc_util *qu, int argc, char **argv, struct nlmsghdr *n,
				    const char *dev)
{
	return bad("the classes are the bands of the qdisc: use tc qdisc change ... liteflow");
}

/* Attributes come from the kernel, perhaps from another version of it: take what is whole and known. */
static void attributes(const struct rtattr **tb, int max, const struct rtattr *nest)
{
	const struct rtattr *a = RTA_DATA(nest);
	int len = RTA_PAYLOAD(nest);

	memset(tb, 0, (max + 1) * sizeof(*tb));
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if ((a->rta_type & NLA_TYPE_MASK) <= max)
			tb[a->rta_type & NLA_TYPE_MASK] = a;
}

static bool get_u8(const struct rtattr *a, unsigned int *v)
{
	if (!a || RTA_PAYLOAD(a) < sizeof(__u8))
		return false;
	*v = *(const __u8 *)RTA_DATA(a);
	return true;
}

static bool get_u32(const struct rtattr *a, unsigned int *v)
{
	if (!a || RTA_PAYLOAD(a) < sizeof(__u32))
		return false;
	memcpy(v, RTA_DATA(a), sizeof(__u32));
	return true;
}

static const char *get_string(const struct rtattr *a)
{
	if (!a || !RTA_PAYLOAD(a) || ((const char *)RTA_DATA(a))[RTA_PAYLOAD(a) - 1])
		return NULL;
	return RTA_DATA(a);
}

/* "key VALUE " or "key": VALUE */
static void show_uint(FILE *f, const char *key, const char *text, unsigned int v)
{
	if (is_json_context())
		print_color_uint(PRINT_JSON, TC_COLOR_NONE, key, NULL, v);
	else
		fprintf(f, text, v);
}

static void show_u64(FILE *f, const char *key, unsigned long long v)
{
	if (is_json_context())
		print_color_u64(PRINT_JSON, TC_COLOR_NONE, key, NULL, v);
	else
		fprintf(f, " %s %llu", key, v);
}

static void show_string(FILE *f, const char *key, const char *v)
{
	if (is_json_context())
		print_color_string(PRINT_JSON, TC_COLOR_NONE, key, NULL, v);
	else
		fprintf(f, "%s %s ", key, v);
}

/* The largest unit that leaves a whole number, so that it can be given back. */
static void show_time(FILE *f, const char *key, const char *json_key, unsigned int v, unsigned long long us_per)
{
	unsigned long long us = v * us_per;

	if (is_json_context())
		print_color_uint(PRINT_JSON, TC_COLOR_NONE, json_key, NULL, v);
	else if (us % US_PER_MS)
		fprintf(f, "%s %lluus ", key, us);
	else if (us % US_PER_S || !us)
		fprintf(f, "%s %llums ", key, us / US_PER_MS);
	else
		fprintf(f, "%s %llus ", key, us / US_PER_S);
}

/*
 * The classes of the map that was printed last, for what the statistics of the same qdisc say of
 * them.
 */
static struct {
	char class[LITEFLOW_QDISC_NAME_LEN];
} mapped[LITEFLOW_QDISC_MAP_MAX];
static unsigned int n_mapped;

static void show_entry(FILE *f, const char *class, unsigned int band)
{
	if (n_mapped < LITEFLOW_QDISC_MAP_MAX)
		snprintf(mapped[n_mapped++].class, LITEFLOW_QDISC_NAME_LEN, "%s", class);
	if (!is_json_context()) {
		fprintf(f, "%s:%u ", class, band);
		return;
	}
	open_json_object(NULL);
	show_string(f, "class", class);
	show_uint(f, "band", "", band);
	close_json_object();
}

/* What is longer than a name can be is of another version. */
static void show_pair(FILE *f, const struct rtattr *a)
{
	char class[LITEFLOW_QDISC_NAME_LEN] = "";
	size_t len = RTA_PAYLOAD(a);
	unsigned int band;

	if (len < 2 || len > sizeof(class) || !get_u8(a, &band))
		return;
	memcpy(class, (const char *)RTA_DATA(a) + 1, len - 1);
	show_entry(f, class, band);
}

/* The longer form, of a module of before. */
static void show_nested(FILE *f, const struct rtattr *a)
{
	const struct rtattr *tb[TCA_LITEFLOW_MAP_MAX + 1];
	unsigned int band;

	attributes(tb, TCA_LITEFLOW_MAP_MAX, a);
	if (get_string(tb[TCA_LITEFLOW_MAP_CLASS]) && get_u8(tb[TCA_LITEFLOW_MAP_BAND], &band))
		show_entry(f, get_string(tb[TCA_LITEFLOW_MAP_CLASS]), band);
}

static void show_entries(FILE *f, const struct rtattr *map)
{
	const struct rtattr *a;
	int len;

	for (a = RTA_DATA(map), len = RTA_PAYLOAD(map); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		switch (a->rta_type & NLA_TYPE_MASK) {
		case TCA_LITEFLOW_MAP_PAIR:
			show_pair(f, a);
			break;
		case TCA_LITEFLOW_MAP_ENTRY:
			show_nested(f, a);
			break;
		}
	}
}

static void show_map(FILE *f, const struct rtattr *map)
{
	const struct rtattr *a;
	bool strict = false;
	int len;

	n_mapped = 0;
	if (!map)
		return;
	for (a = RTA_DATA(map), len = RTA_PAYLOAD(map); RTA_OK(a, len); a = RTA_NEXT(a, len))
		strict |= (a->rta_type & NLA_TYPE_MASK) == TCA_LITEFLOW_MAP_STRICT;
	if (is_json_context())
		open_json_array(PRINT_JSON, "map");
	else
		fputs(strict ? "map strict " : "map ", f);
	show_entries(f, map);
	if (!is_json_context())
		return;
	close_json_array(PRINT_JSON, NULL);
	print_color_bool(PRINT_JSON, TC_COLOR_NONE, "map_strict", NULL, strict);
}

/* "key 1SEP2SEP3 " or "key": [1, 2, 3] */
static void show_list(FILE *f, const char *key, char sep, const struct rtattr *list)
{
	const struct rtattr *a;
	bool first = true;
	unsigned int v;
	int len;

	if (!list)
		return;
	if (is_json_context())
		open_json_array(PRINT_JSON, key);
	else
		fprintf(f, "%s ", key);
	for (a = RTA_DATA(list), len = RTA_PAYLOAD(list); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (!get_u32(a, &v))
			continue;
		if (!first && !is_json_context())
			fputc(sep, f);
		show_uint(f, NULL, "%u", v);
		first = false;
	}
	if (is_json_context())
		close_json_array(PRINT_JSON, NULL);
	else
		fputc(' ', f);
}

static void show_ecn(FILE *f, unsigned int ecn)
{
	if (is_json_context())
		print_color_bool(PRINT_JSON, TC_COLOR_NONE, "ecn", NULL, ecn);
	else
		fputs(ecn ? "ecn " : "noecn ", f);
}

static int liteflow_print_opt(const struct qdisc_util *qu, FILE *f, struct rtattr *opt)
{
	const struct rtattr *tb[TCA_LITEFLOW_MAX + 1];
	unsigned int v;

	if (!opt || tc_abi_missing())
		return 0;
	attributes(tb, TCA_LITEFLOW_MAX, opt);
	if (get_string(tb[TCA_LITEFLOW_SLOT]))
		show_string(f, "slot", get_string(tb[TCA_LITEFLOW_SLOT]));
	if (get_u8(tb[TCA_LITEFLOW_BANDS], &v))
		show_uint(f, "bands", "bands %u ", v);
	show_map(f, tb[TCA_LITEFLOW_MAP]);
	if (get_u8(tb[TCA_LITEFLOW_MODE], &v))
		show_string(f, "mode", v == LITEFLOW_QDISC_DRR ? "drr" : "strict");
	show_list(f, "quantum", ' ', tb[TCA_LITEFLOW_QUANTA]);
	if (get_u8(tb[TCA_LITEFLOW_DEFAULT], &v))
		show_uint(f, "default", "default %u ", v);
	if (get_u32(tb[TCA_LITEFLOW_LIMIT], &v))
		show_uint(f, "limit", "limit %up ", v);
	if (get_u32(tb[TCA_LITEFLOW_FLOWS], &v))
		show_uint(f, "flows", "flows %u ", v);
	if (get_u32(tb[TCA_LITEFLOW_EVERY], &v))
		show_uint(f, "every", "every %u ", v);
	show_list(f, "phases", ',', tb[TCA_LITEFLOW_PHASES]);
	if (get_u8(tb[TCA_LITEFLOW_ECN], &v))
		show_ecn(f, v);
	if (get_u32(tb[TCA_LITEFLOW_STARVE], &v))
		show_time(f, "starve", "starve_us", v, 1);
	if (get_u32(tb[TCA_LITEFLOW_IDLE], &v))
		show_time(f, "idle", "idle_ms", v, US_PER_MS);
	return 0;
}

static int liteflow_print_class_opt(const struct qdisc_util *qu, FILE *f, struct rtattr *opt)
{
	const struct rtattr *tb[TCA_LITEFLOW_BAND_MAX + 1];
	unsigned int v;

	if (!opt || tc_abi_missing())
		return 0;
	attributes(tb, TCA_LITEFLOW_BAND_MAX, opt);
	if (get_u8(tb[TCA_LITEFLOW_BAND_NUMBER], &v))
		show_uint(f, "band", "band %u ", v);
	if (get_u32(tb[TCA_LITEFLOW_BAND_QUANTUM], &v))
		show_uint(f, "quantum", "quantum %u ", v);
	return 0;
}

/* Names of enum liteflow_reason. */
static const char *const reasons[LITEFLOW_QDISC_REASONS] = {
	[LITEFLOW_REASON_INFERRED]	= "inferred",
	[LITEFLOW_REASON_CACHED]	= "cached",
	[LITEFLOW_REASON_EARLY]		= "early",
	[LITEFLOW_REASON_NO_SLOT]	= "no_slot",
	[LITEFLOW_REASON_NO_SNAPSHOT]	= "no_snapshot",
	[LITEFLOW_REASON_NOT_IP]	= "not_ip",
	[LITEFLOW_REASON_TRUNCATED]	= "truncated",
	[LITEFLOW_REASON_FRAGMENT]	= "fragment",
	[LITEFLOW_REASON_TABLE_FULL]	= "table_full",
	[LITEFLOW_REASON_BUSY]		= "busy",
	[LITEFLOW_REASON_GUARD]		= "guard",
	[LITEFLOW_REASON_UNPARSED]	= "unparsed",
};

/* All of them in JSON; in text those that happened. */
static void show_reasons(FILE *f, const struct tc_liteflow_xstats *x)
{
	int i;

	if (is_json_context())
		open_json_object("verdicts");
	else
		fputs("\n  verdicts", f);
	for (i = 0; i < LITEFLOW_QDISC_REASONS; i++)
		if (reasons[i] && (x->reasons[i] || is_json_context()))
			show_u64(f, reasons[i], x->reasons[i]);
	if (is_json_context())
		close_json_object();
}

static void line(FILE *f, const char *text)
{
	if (!is_json_context())
		fputs(text, f);
}

/* Which names of the map the active snapshot has, and which it has not. */
static void show_known(FILE *f, const char *key, unsigned long long which)
{
	unsigned int i;

	if (is_json_context())
		open_json_array(PRINT_JSON, key);
	else if (which)
		fprintf(f, " %s", key);
	for (i = 0; i < n_mapped; i++) {
		if (!(which >> i & 1))
			continue;
		if (is_json_context())
			print_color_string(PRINT_JSON, TC_COLOR_NONE, NULL, NULL, mapped[i].class);
		else
			fprintf(f, " %s", mapped[i].class);
	}
	if (is_json_context())
		close_json_array(PRINT_JSON, NULL);
}

static void show_maps(FILE *f, const struct tc_liteflow_xstats *x)
{
	unsigned long long all = n_mapped ? ~0ULL >> (64 - n_mapped) : 0;

	if (!x->generation || !n_mapped || x->map_entries != n_mapped)
		return;
	if (is_json_context())
		open_json_object("maps");
	else
		fputs("\n  maps", f);
	show_known(f, "known", x->map_known & all);
	show_known(f, "unknown", ~x->map_known & all);
	if (is_json_context())
		close_json_object();
}

static void show_qdisc_xstats(FILE *f, struct tc_liteflow_xstats *x)
{
	x->snapshot[sizeof(x->snapshot) - 1] = '\0';
	if (is_json_context())
		print_color_string(PRINT_JSON, TC_COLOR_NONE, "snapshot", NULL, x->snapshot);
	else
		fprintf(f, "  snapshot %s", *x->snapshot ? x->snapshot : "none");
	show_u64(f, "generation", x->generation);
	show_maps(f, x);
	show_reasons(f, x);
	line(f, "\n ");
	show_u64(f, "filtered", x->filtered);
	show_u64(f, "prioritized", x->prioritized);
	show_u64(f, "overlimit", x->overlimit);
	show_u64(f, "starved", x->starved);
	line(f, "\n ");
	show_u64(f, "flows_now", x->flows);
	show_u64(f, "flows_max", x->flows_max);
	show_u64(f, "flow_bytes", x->flow_bytes);
	show_u64(f, "flows_born", x->flows_born);
	show_u64(f, "flows_ended", x->flows_ended);
	show_u64(f, "flows_aged", x->flows_aged);
	show_u64(f, "flows_evicted", x->flows_evicted);
	show_u64(f, "flows_room", x->flows_room);
	show_u64(f, "flows_refused", x->flows_refused);
}

static void show_band_xstats(FILE *f, const struct tc_liteflow_band_xstats *x)
{
	line(f, " ");
	show_u64(f, "classified", x->classified);
	show_u64(f, "defaulted", x->defaulted);
	show_u64(f, "shed", x->shed);
	if (is_json_context())
		print_color_s64(PRINT_JSON, TC_COLOR_NONE, "deficit", NULL, x->deficit);
	else
		fprintf(f, " deficit %lldb", (long long)x->deficit);
	line(f, "\n ");
	if (is_json_context()) {
		show_u64(f, "delay_avg_ns", x->delay_avg_ns);
		show_u64(f, "delay_max_ns", x->delay_max_ns);
	} else {
		fprintf(f, " delay_avg %lluus delay_max %lluus", (unsigned long long)x->delay_avg_ns / 1000,
			(unsigned long long)x->delay_max_ns / 1000);
	}
}

/* Of the qdisc or of a class; a kernel of another version may send less or more. */
static int liteflow_print_xstats(const struct qdisc_util *qu, FILE *f, struct rtattr *xstats)
{
	union {
		struct tc_liteflow_xstats qdisc;
		struct tc_liteflow_band_xstats band;
	} x = { .qdisc = { 0 } };
	size_t len;

	if (!xstats || tc_abi_missing())
		return 0;
	len = RTA_PAYLOAD(xstats);
	if (len < offsetof(struct tc_liteflow_xstats, bands))
		return 0;
	memcpy(&x, RTA_DATA(xstats), len < sizeof(x) ? len : sizeof(x));
	switch (x.qdisc.of) {
	case LITEFLOW_XSTATS_QDISC:
		show_qdisc_xstats(f, &x.qdisc);
		break;
	case LITEFLOW_XSTATS_BAND:
		show_band_xstats(f, &x.band);
		break;
	}
	return 0;
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
