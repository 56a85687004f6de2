// SPDX-License-Identifier: GPL-2.0
/* Attributes to text and JSON. The text output is valid input for tc. */
#include <string.h>
#include "plugin.h"

/*
 * Attributes come from the kernel, perhaps of another version: accept what is complete and known.
 */
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

void show_u64(FILE *f, const char *key, unsigned long long v)
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

/* In the largest unit that gives a whole number, so that it is valid input. */
static void show_time(FILE *f, const char *key, const char *json_key, unsigned int v,
		      unsigned long long us_per)
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

struct mapped mapped[LITEFLOW_QDISC_MAP_MAX];
unsigned int n_mapped;

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

/* Anything longer than a name comes from another version. */
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

/* The longer form, from an older module. */
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

/* 0: by protocol and state. */
static void show_idle(FILE *f, unsigned int ms)
{
	if (ms || is_json_context())
		show_time(f, "idle", "idle_ms", ms, US_PER_MS);
	else
		fputs("idle auto ", f);
}

/* JSON has the value, text the word for it, if there is one: of a default there is none. */
static void show_flag(FILE *f, const char *key, bool on, const char *word_on, const char *word_off)
{
	const char *word = on ? word_on : word_off;

	if (is_json_context())
		print_color_bool(PRINT_JSON, TC_COLOR_NONE, key, NULL, on);
	else if (word)
		fprintf(f, "%s ", word);
}

int liteflow_print_opt(const struct qdisc_util *qu, FILE *f, struct rtattr *opt)
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
		show_string(f, "mode", v < __LITEFLOW_QDISC_MODES ? modes[v] : "unknown");
	if (get_u8(tb[TCA_LITEFLOW_ORDER], &v))
		show_string(f, "order", v < __LITEFLOW_QDISC_ORDERS ? orders[v] : "unknown");
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
		show_flag(f, "ecn", v, "ecn", "noecn");
	if (get_u32(tb[TCA_LITEFLOW_STARVE], &v))
		show_time(f, "starve", "starve_us", v, 1);
	if (get_u32(tb[TCA_LITEFLOW_IDLE], &v))
		show_idle(f, v);
	show_flag(f, "inner", !get_u8(tb[TCA_LITEFLOW_INNER], &v) || v, NULL, "noinner");
	show_flag(f, "split_gso", get_u8(tb[TCA_LITEFLOW_SPLIT_GSO], &v) && v, "split-gso", NULL);
	show_list(f, "thresholds", ' ', tb[TCA_LITEFLOW_THRESHOLDS]);
	return 0;
}

int liteflow_print_class_opt(const struct qdisc_util *qu, FILE *f, struct rtattr *opt)
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
