// SPDX-License-Identifier: GPL-2.0
/*
 * Converts the words of each option to attributes. Values are checked here as far as possible
 * without knowing the qdisc; the kernel checks what must fit the current options, with messages of
 * its own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <lq/name.h>
#include "../lfctl/lib/units.h"
#include "plugin.h"

int bad(const char *fmt, ...)
{
	va_list ap;

	fputs("liteflow: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

/* A number and what follows it; false if it does not begin with a digit or is too large. */
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
static bool number_in(const char *s, unsigned long long lo, unsigned long long hi,
		      unsigned long long *v)
{
	const char *rest;

	return number(s, v, &rest) && !*rest && *v >= lo && *v <= hi;
}

static const struct unit sizes[] = {
	{ "", 1 }, { "b", 1 }, { "k", 1 << 10 }, { "kb", 1 << 10 },
	{ "m", 1 << 20 }, { "mb", 1 << 20 }, { "g", 1 << 30 }, { "gb", 1 << 30 },
	{ 0 }
};

/*
 * As lfctl reads them, except that there must be a leading digit, and no more decimals than are
 * used.
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

/* Bytes, with suffix k or m for KiB and MiB, as everywhere in tc. */
static bool size_in(const char *s, unsigned long long lo, unsigned long long hi,
		    unsigned long long *v)
{
	return with_unit(s, sizes, "", v) && *v >= lo && *v <= hi;
}

/*
 * A time in whole microseconds: 2s, 1.5ms, 50us; a bare number is microseconds, as everywhere in
 * tc. Values below 1 us are rejected, except 0.
 */
static bool usecs(const char *s, unsigned long long *us)
{
	unsigned long long ns;

	if (!with_unit(s, units_time, "us", &ns))
		return false;
	*us = ns / NS_PER_US;
	return *us || !ns;
}

void put_u8(struct nlmsghdr *n, int type, unsigned long long v)
{
	__u8 u = v;

	addattr_l(n, MSG_MAX, type, &u, sizeof(u));
}

void put_u32(struct nlmsghdr *n, int type, unsigned long long v)
{
	__u32 u = v;

	addattr_l(n, MSG_MAX, type, &u, sizeof(u));
}

int parse_slot(struct nlmsghdr *n, int argc, char **argv)
{
	if (!lq_name_ok(*argv))
		return bad("slot must be a name, " LQ_NAME_RULE ", not \"%s\"", *argv);
	addattr_l(n, MSG_MAX, TCA_LITEFLOW_SLOT, *argv, strlen(*argv) + 1);
	return 1;
}

int parse_bands(struct nlmsghdr *n, int argc, char **argv)
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

	if (!lq_name_ok_n(arg, colon - arg))
		return bad("class in the map must be a name, " LQ_NAME_RULE ", not as in \"%s\"",
			   arg);
	if (!number_in(colon + 1, 0, LITEFLOW_QDISC_BANDS_MAX - 1, &band))
		return bad("band in the map must be 0 to %d, not \"%s\"",
			   LITEFLOW_QDISC_BANDS_MAX - 1, colon + 1);
	memcpy(name, arg, colon - arg);
	nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_MAP_ENTRY | NLA_F_NESTED);
	addattr_l(n, MSG_MAX, TCA_LITEFLOW_MAP_CLASS, name, strlen(name) + 1);
	put_u8(n, TCA_LITEFLOW_MAP_BAND, band);
	addattr_nest_end(n, nest);
	return 0;
}

int parse_map(struct nlmsghdr *n, int argc, char **argv)
{
	struct rtattr *nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_MAP | NLA_F_NESTED);
	int strict = !strcmp(*argv, "strict"), i;

	if (strict)
		addattr_l(n, MSG_MAX, TCA_LITEFLOW_MAP_STRICT, NULL, 0);
	for (i = strict; i < argc && strchr(argv[i], ':'); i++) {
		if (i - strict == LITEFLOW_QDISC_MAP_MAX)
			return bad("map must not have more than %d entries",
				   LITEFLOW_QDISC_MAP_MAX);
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

const char *const modes[__LITEFLOW_QDISC_MODES] = {
	[LITEFLOW_QDISC_STRICT]	= "strict",
	[LITEFLOW_QDISC_DRR]	= "drr",
	[LITEFLOW_QDISC_SRPT]	= "srpt",
};

const char *const orders[__LITEFLOW_QDISC_ORDERS] = {
	[LITEFLOW_QDISC_BY_BANDS] = "bands",
	[LITEFLOW_QDISC_EXACT]	= "exact",
};

/* Puts the number of the word among @count names; false if it is none of them. */
static bool put_name(struct nlmsghdr *n, int type, const char *word, const char *const *names,
		     int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(word, names[i]))
			continue;
		put_u8(n, type, i);
		return true;
	}
	return false;
}

int parse_mode(struct nlmsghdr *n, int argc, char **argv)
{
	if (!put_name(n, TCA_LITEFLOW_MODE, *argv, modes, __LITEFLOW_QDISC_MODES))
		return bad("mode must be strict, drr or srpt, not \"%s\"", *argv);
	return 1;
}

int parse_order(struct nlmsghdr *n, int argc, char **argv)
{
	if (!put_name(n, TCA_LITEFLOW_ORDER, *argv, orders, __LITEFLOW_QDISC_ORDERS))
		return bad("order must be bands or exact, not \"%s\"", *argv);
	return 1;
}

int parse_quantum(struct nlmsghdr *n, int argc, char **argv)
{
	struct rtattr *nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_QUANTA | NLA_F_NESTED);
	unsigned long long v;
	int i;

	for (i = 0; i < argc && (!i || isdigit((unsigned char)*argv[i])); i++) {
		if (i == LITEFLOW_QDISC_BANDS_MAX)
			return bad("there must not be more than %d quanta",
				   LITEFLOW_QDISC_BANDS_MAX);
		if (!size_in(argv[i], 1, 1 << 24, &v))
			return bad("quantum must be 1 to 16777216 bytes, not \"%s\"", argv[i]);
		put_u32(n, TCA_LITEFLOW_QUANTUM, v);
	}
	addattr_nest_end(n, nest);
	return i;
}

/* "auto": the default thresholds. */
int parse_thresholds(struct nlmsghdr *n, int argc, char **argv)
{
	struct rtattr *nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_THRESHOLDS | NLA_F_NESTED);
	bool is_auto = !strcmp(*argv, "auto");
	unsigned long long v, last = 0;
	int i;

	for (i = 0; !is_auto && i < argc && (!i || isdigit((unsigned char)*argv[i])); i++) {
		if (i == LITEFLOW_QDISC_BANDS_MAX - 1)
			return bad("there must not be more than %d thresholds",
				   LITEFLOW_QDISC_BANDS_MAX - 1);
		if (!size_in(argv[i], last + 1, UINT32_MAX, &v))
			return bad("thresholds must be bytes from 1 to %u in ascending order, or "
				   "auto, not \"%s\"",
				   UINT32_MAX, argv[i]);
		put_u32(n, TCA_LITEFLOW_THRESHOLD, v);
		last = v;
	}
	addattr_nest_end(n, nest);
	return is_auto ? 1 : i;
}

int parse_default(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;

	if (!number_in(*argv, 0, LITEFLOW_QDISC_BANDS_MAX - 1, &v))
		return bad("default must be a band, 0 to %d, not \"%s\"",
			   LITEFLOW_QDISC_BANDS_MAX - 1, *argv);
	put_u8(n, TCA_LITEFLOW_DEFAULT, v);
	return 1;
}

/* Also accepts "10240p", as it is printed. */
int parse_limit(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;
	const char *rest;

	if (!number(*argv, &v, &rest) || (*rest && strcmp(rest, "p")) || v < 1 || v > UINT32_MAX)
		return bad("limit must be 1 to %u packets, not \"%s\"", UINT32_MAX, *argv);
	put_u32(n, TCA_LITEFLOW_LIMIT, v);
	return 1;
}

int parse_flows(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;

	if (!number_in(*argv, 64, 4194304, &v))
		return bad("flows must be 64 to 4194304, not \"%s\"", *argv);
	put_u32(n, TCA_LITEFLOW_FLOWS, v);
	return 1;
}

int parse_every(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long v;

	if (!number_in(*argv, 0, UINT32_MAX, &v))
		return bad("every must be a number of packets, or 0 for packets 1, 2, 4, 8, ..., "
			   "not \"%s\"",
			   *argv);
	put_u32(n, TCA_LITEFLOW_EVERY, v);
	return 1;
}

int parse_phases(struct nlmsghdr *n, int argc, char **argv)
{
	struct rtattr *nest = addattr_nest(n, MSG_MAX, TCA_LITEFLOW_PHASES | NLA_F_NESTED);
	unsigned long long v, last = 0;
	const char *s = *argv;
	int count = 0;

	do {
		if (!number(s, &v, &s) || v <= last || v > UINT32_MAX || (*s && *s != ','))
			return bad("phases must be packet numbers from 1 in ascending order, as "
				   "in 1,2,5,10, not \"%s\"",
				   *argv);
		if (++count > LITEFLOW_QDISC_PHASES_MAX)
			return bad("there must not be more than %d phases",
				   LITEFLOW_QDISC_PHASES_MAX);
		put_u32(n, TCA_LITEFLOW_PHASE, v);
		last = v;
	} while (*s++ == ',');
	addattr_nest_end(n, nest);
	return 1;
}

int parse_starve(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long us;

	if (!usecs(*argv, &us) || us > UINT32_MAX)
		return bad("starve must be a time up to 4294s, as 100ms, or 0 for never, not "
			   "\"%s\"",
			   *argv);
	put_u32(n, TCA_LITEFLOW_STARVE, us);
	return 1;
}

int parse_idle(struct nlmsghdr *n, int argc, char **argv)
{
	unsigned long long us = 0;

	if (strcmp(*argv, "auto") &&
	    (!usecs(*argv, &us) || !us || us % US_PER_MS || us / US_PER_MS > UINT32_MAX))
		return bad("idle must be auto, or a time from 1ms to 4294967s in whole "
			   "milliseconds, as 30s, not \"%s\"",
			   *argv);
	put_u32(n, TCA_LITEFLOW_IDLE, us / US_PER_MS);
	return 1;
}
