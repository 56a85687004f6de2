// SPDX-License-Identifier: GPL-2.0
/* Statistics to text and JSON. A kernel of another version may send less or more. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/liteflow.h>
#include "plugin.h"

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
	[LITEFLOW_REASON_UNSURE]	= "unsure",
};

/* JSON shows all of them, text only those that occurred. */
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

/* The names of the map that the active snapshot has, or lacks. */
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

/* Mode srpt: JSON shows all of them; text only if anything was ranked. */
static void show_ranks(FILE *f, const struct tc_liteflow_xstats *x)
{
	if (!is_json_context() && !(x->predicted | x->overrun | x->demoted | x->promoted))
		return;
	line(f, "\n ");
	show_u64(f, "predicted", x->predicted);
	show_u64(f, "overrun", x->overrun);
	show_u64(f, "demoted", x->demoted);
	show_u64(f, "promoted", x->promoted);
}

/* Mode srpt: sizes over predicted sizes. JSON shows all, in order; text those that occurred. */
static void show_ratios(FILE *f, const struct tc_liteflow_xstats *x)
{
	int i, middle = LITEFLOW_QDISC_RATIOS / 2, any = 0;

	if (is_json_context())
		open_json_array(PRINT_JSON, "size_ratios");
	for (i = 0; i < LITEFLOW_QDISC_RATIOS; i++) {
		if (is_json_context())
			print_color_u64(PRINT_JSON, TC_COLOR_NONE, NULL, NULL, x->size_ratios[i]);
		else if (x->size_ratios[i])
			fprintf(f, "%s %s%d:%llu", any++ ? "" : "\n  size_ratios",
				i < middle ? "1/" : "", 1 << abs(i - middle),
				(unsigned long long)x->size_ratios[i]);
	}
	if (is_json_context())
		close_json_array(PRINT_JSON, NULL);
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
	show_ranks(f, x);
	show_ratios(f, x);
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
	show_u64(f, "starved", x->starved);
	if (is_json_context())
		print_color_s64(PRINT_JSON, TC_COLOR_NONE, "deficit", NULL, x->deficit);
	else
		fprintf(f, " deficit %lldb", (long long)x->deficit);
	line(f, "\n ");
	if (is_json_context()) {
		show_u64(f, "delay_avg_ns", x->delay_avg_ns);
		show_u64(f, "delay_max_ns", x->delay_max_ns);
	} else {
		fprintf(f, " delay_avg %lluus delay_max %lluus",
			(unsigned long long)x->delay_avg_ns / 1000,
			(unsigned long long)x->delay_max_ns / 1000);
	}
}

/* For the qdisc or a class; a kernel of another version may send less or more. */
int liteflow_print_xstats(const struct qdisc_util *qu, FILE *f, struct rtattr *xstats)
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
