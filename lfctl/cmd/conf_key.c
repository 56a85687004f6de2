// SPDX-License-Identifier: GPL-2.0
/*
 * The keys of liteflow.conf: the tables at the end name a reader for each. The readers are in the
 * same file, though it is long, since nothing else uses them.
 */
#include "conf_key.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <lq/format.h>
#include <lq/name.h>
#include <lq/params.h>

#include "args.h"
#include "conf_slot.h"
#include "hook_words.h"
#include "units.h"

#define WORDS_MAX	72	/* of a map */

/* --- words --- */

static bool read_word(const char *in, char *out, size_t n)
{
	snprintf(out, n, "%s", in);
	return *in && !strpbrk(in, " \t");
}

static bool read_name(const char *in, char *out, size_t n)
{
	snprintf(out, n, "%s", in);
	return lq_name_ok(in);
}

static bool one_of(const char *in, char *out, size_t n, const char *const *words)
{
	snprintf(out, n, "%s", in);
	for (; *words; words++)
		if (!strcmp(in, *words))
			return true;
	return false;
}

#define WORDS_READER(name, ...)						\
	static bool name(const char *in, char *out, size_t n)		\
	{								\
		static const char *const words[] = { __VA_ARGS__, NULL };	\
									\
		return one_of(in, out, n, words);			\
	}

WORDS_READER(read_pin, "flow", "none")
WORDS_READER(read_on_off, "on", "off")
WORDS_READER(read_mode, "drr", "strict", "srpt")
WORDS_READER(read_order, "exact", "bands")
WORDS_READER(read_family, "ip", "ip6", "inet", "netdev")
WORDS_READER(read_point, "prerouting", "input", "forward", "output", "postrouting", "ingress",
	     "egress")

static bool read_hash(const char *in, char *out, size_t n)
{
	uint8_t hash[LQ_HASH_LEN];
	size_t i;

	if (strlen(in) != 2 * LQ_HASH_LEN || args_hex(in, hash, sizeof(hash)) != 2 * LQ_HASH_LEN)
		return false;
	for (i = 0; in[i] && i + 1 < n; i++)
		out[i] = tolower((unsigned char)in[i]);
	out[i] = 0;
	return true;
}

static bool read_device(const char *in, char *out, size_t n)
{
	return read_word(in, out, n) && strlen(in) < 16 && !strchr(in, '/') && strcmp(in, ".") &&
	       strcmp(in, "..");
}

/* A qdisc and its options: words of tc, none of which may act as part of another command. */
static bool read_fallback(const char *in, char *out, size_t n)
{
	size_t i;

	snprintf(out, n, "%s", in);
	for (i = 0; in[i]; i++)
		if (!isalnum((unsigned char)in[i]) && !strchr(" ._:%-", in[i]))
			return false;
	return isalpha((unsigned char)*in) && strncmp(in, "liteflow", 8);
}

/* --- numbers --- */

static bool number_in(const char *in, char *out, size_t n, uint32_t least, uint32_t most)
{
	uint32_t v;

	if (!args_u32(in, most, &v) || v < least)
		return false;
	snprintf(out, n, "%" PRIu32, v);
	return true;
}

static bool read_count(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 0, UINT32_MAX);
}

static bool read_bands(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 1, 16);
}

static bool read_band(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 0, 15);
}

static bool read_shift(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 0, 31);
}

static bool read_flows(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 64, 4194304);
}

/* As tc prints it: 10240p. */
static bool read_limit(const char *in, char *out, size_t n)
{
	char digits[16];
	size_t len = strlen(in);

	if (!len || len >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)(len - (in[len - 1] == 'p')), in);
	return number_in(digits, out, n, 1, UINT32_MAX);
}

static bool read_hex(const char *in, char *out, size_t n)
{
	uint32_t v;

	if (!units_u32(in, UINT32_MAX, &v))
		return false;
	snprintf(out, n, "0x%" PRIx32, v);
	return true;
}

static bool read_request(const char *in, char *out, size_t n)
{
	uint32_t mark, mask;

	if (!hook_read_masked(in, &mark, &mask))
		return false;
	snprintf(out, n, "0x%" PRIx32 "/0x%" PRIx32, mark, mask);
	return true;
}

static bool read_priority(const char *in, char *out, size_t n)
{
	int32_t v;

	if (!hook_read_priority(in, &v))
		return false;
	snprintf(out, n, "%" PRId32, v);
	return true;
}

/* --- times: the largest unit that leaves a whole number --- */

static void print_time(uint64_t ns, char *out, size_t n)
{
	static const struct { uint64_t ns; const char *name; } units[] = {
		{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" },
	};
	size_t i = 0;

	while (ns % units[i].ns)
		i++;
	snprintf(out, n, "%" PRIu64 "%s", ns / units[i].ns, units[i].name);
}

static bool time_in(const char *in, char *out, size_t n, const char *bare, uint64_t step,
		    uint64_t most)
{
	uint64_t ns;

	if (!units_read(units_time, in, bare, 1, &ns) || ns % step || ns / step > most)
		return false;
	print_time(ns, out, n);
	return true;
}

static bool read_budget(const char *in, char *out, size_t n)
{
	if (!strcmp(in, "none"))
		return read_word(in, out, n);
	return time_in(in, out, n, "?", 1, UINT32_MAX) && strcmp(out, "0s");
}

static bool read_starve(const char *in, char *out, size_t n)
{
	return time_in(in, out, n, "us", 1000, UINT32_MAX);
}

static bool read_idle(const char *in, char *out, size_t n)
{
	if (!strcmp(in, "auto"))
		return read_word(in, out, n);
	return time_in(in, out, n, "us", 1000000, UINT32_MAX) && strcmp(out, "0s");
}

static bool read_hook_idle(const char *in, char *out, size_t n)
{
	if (!strcmp(in, "auto"))
		return read_word(in, out, n);
	return time_in(in, out, n, "s", 1000000, UINT32_MAX) && strcmp(out, "0s");
}

/* --- lists --- */

/* Splits text at blanks or commas. Returns the number of words, -1 for too many. */
static int split(char *text, const char *at, char **words, int max)
{
	char *word, *save = NULL;
	int n = 0;

	for (word = strtok_r(text, at, &save); word; word = strtok_r(NULL, at, &save)) {
		if (n == max)
			return -1;
		words[n++] = word;
	}
	return n;
}

static bool append(char *out, size_t n, const char *sep, const char *word)
{
	size_t at = strlen(out);

	return (size_t)snprintf(out + at, n - at, "%s%s", at ? sep : "", word) < n - at;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Reads each word with `one`, in order or sorted. */
static bool each(const char *in, char *out, size_t n, const char *sep, int max, bool sorted,
		 bool (*one)(const char *in, char *out, size_t n))
{
	char text[CONF_VALUE_MAX], word[256], *words[WORDS_MAX];
	int i, count;

	snprintf(text, sizeof(text), "%s", in);
	count = split(text, *sep == ',' ? "," : " \t", words, max);
	if (count < 1)
		return false;
	if (sorted)
		qsort(words, count, sizeof(*words), by_text);
	*out = 0;
	for (i = 0; i < count; i++)
		if (!one(words[i], word, sizeof(word)) || !append(out, n, sep, word))
			return false;
	return true;
}

static bool read_bytes(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 1, 1 << 24);
}

static bool read_quantum(const char *in, char *out, size_t n)
{
	return each(in, out, n, " ", 16, false, read_bytes);
}

static bool read_threshold(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 1, UINT32_MAX);
}

/* The kernel checks that they ascend. */
static bool read_thresholds(const char *in, char *out, size_t n)
{
	if (!strcmp(in, "auto"))
		return read_word(in, out, n);
	return each(in, out, n, " ", 15, false, read_threshold);
}

static bool read_phase(const char *in, char *out, size_t n)
{
	return number_in(in, out, n, 1, UINT32_MAX);
}

static bool read_phases(const char *in, char *out, size_t n)
{
	return each(in, out, n, ",", 16, false, read_phase);
}

/* Takes NAME and returns what follows the colon; NULL if there is none or NAME is invalid. */
static const char *class_end(const char *in, char *class, size_t n)
{
	const char *colon = strchr(in, ':');

	if (!colon || (size_t)(colon - in) >= n)
		return NULL;
	snprintf(class, n, "%.*s", (int)(colon - in), in);
	return lq_name_ok(class) || strspn(class, "-0123456789") == strlen(class) ? colon + 1
										    : NULL;
}

static bool read_band_entry(const char *in, char *out, size_t n)
{
	char class[LQ_NAME_LEN], band[16];
	const char *end = class_end(in, class, sizeof(class));

	if (!end || !read_band(end, band, sizeof(band)))
		return false;
	snprintf(out, n, "%s:%s", class, band);
	return true;
}

static bool read_action_entry(const char *in, char *out, size_t n)
{
	char text[256], class[LQ_NAME_LEN], actions[HOOK_ACTION_TEXT], *words[8];
	const char *end = class_end(in, class, sizeof(class));
	struct hook_action a = { 0 };
	int i, count;

	if (!end || strlen(end) >= sizeof(text))
		return false;
	strcpy(text, end);
	count = split(text, ",", words, 8);
	if (count < 1)
		return false;
	for (i = 0; i < count; i++)
		if (!hook_read_action(words[i], &a))
			return false;
	hook_print_action(&a, actions, sizeof(actions));
	snprintf(out, n, "%s:%s", class, actions);
	return true;
}

/* "strict" goes first and stays there. */
static bool read_map_of(const char *in, char *out, size_t n,
			bool (*entry)(const char *in, char *out, size_t n))
{
	bool strict = !strncmp(in, "strict ", 7);
	char map[CONF_VALUE_MAX];

	if (!strcmp(in, "none"))
		return read_word(in, out, n);
	if (!each(in + (strict ? 7 : 0), map, sizeof(map), " ", 64, true, entry))
		return false;
	return snprintf(out, n, "%s%s", strict ? "strict " : "", map) < (int)n;
}

static bool read_map(const char *in, char *out, size_t n)
{
	return read_map_of(in, out, n, read_band_entry);
}

static bool read_hook_map(const char *in, char *out, size_t n)
{
	return read_map_of(in, out, n, read_action_entry);
}

/* --- handles --- */

static bool read_id(const char *in, bool minor_too, char *out, size_t n)
{
	unsigned int major, minor = 0;
	int end = 0;

	if (strspn(in, "0123456789abcdefABCDEF:") != strlen(in) ||
	    sscanf(in, "%4x:%n", &major, &end) != 1 || !end || !major)
		return false;
	if (in[end] && (!minor_too || sscanf(in + end, "%4x%n", &minor, &end) != 1 ||
			strlen(strchr(in, ':')) > 5))
		return false;
	if (minor)
		snprintf(out, n, "%x:%x", major, minor);
	else
		snprintf(out, n, "%x:", major);
	return true;
}

bool conf_read_parent(const char *in, char *out, size_t n)
{
	return read_id(in, true, out, n);
}

static bool read_handle(const char *in, char *out, size_t n)
{
	return read_id(in, false, out, n);
}

/* --- tables --- */

static const struct conf_key param = {
	.name = "param.*", .read = conf_slot_param, .def = "default",
	.what = "a number with at most six decimals, or a rate",
};

#define ROW(key, fn, text, ...)	{ .name = key, .read = fn, .what = text, __VA_ARGS__ }

static const struct conf_key slot_keys[] = {
	ROW("snapshot", read_word, "a name or a path without blanks", .file_only = true),
	ROW("hash", read_hash, "64 hex digits"),
	ROW("pin", read_pin, "flow or none", .def = "flow"),
	ROW("sample", read_count, "a number from 0 to 4294967295", .def = "0"),
	ROW("budget", read_budget, "a time from 1ns to 4s, like 2us, or none", .def = "10us"),
	ROW("shadow", conf_slot_shadow, "a number from 1 to 4294967295, or off", .def = "off"),
	ROW("flush", conf_slot_flush, "a time from 10ms to 10s in whole milliseconds",
	    .def = "100ms"),
	ROW("confidence", conf_slot_confidence, "a percentage from 0 to 99, or off",
	    .def = "0"),
	ROW("buffers", conf_slot_buffers, "a number from 2 to 1024", .def = "4"),
	ROW("history", conf_slot_history,
	    "one or more of port, peer, source and dscp, with commas", .def = "port,peer"),
	ROW("guard", conf_slot_guard, "limits as of lfctl slot guard, or off", .def = "off"),
	{ 0 }
};

static const struct conf_key tcp_keys[] = {
	ROW("slot", read_name, "a name: " LQ_NAME_RULE),
	ROW("congestion_control", read_name, "the name of a congestion control"),
	{ 0 }
};

static const struct conf_key hook_keys[] = {
	ROW("family", read_family, "ip, ip6, inet or netdev", .fixed = true, .required = true),
	ROW("hook", read_point,
	    "prerouting, input, forward, output, postrouting, ingress or egress", .fixed = true,
	    .required = true),
	ROW("dev", read_device, "the name of a device", .fixed = true),
	ROW("priority", read_priority, "a number or one of nft's names", .fixed = true,
	    .required = true),
	ROW("slot", read_name, "a name: " LQ_NAME_RULE, .required = true),
	ROW("request", read_request, "MARK or MARK/MASK", .def = "0x0/0x0"),
	ROW("clear", read_on_off, "on or off", .def = "off"),
	ROW("result", read_hex, "a mask", .def = "0x0"),
	ROW("shift", read_shift, "a number from 0 to 31", .def = "0"),
	ROW("map", read_hook_map, "[strict] CLASS:ACTION[,ACTION] ... or none", .def = "none"),
	ROW("ct", read_on_off, "on or off", .def = "off"),
	ROW("inner", read_on_off, "on or off", .def = "off"),
	ROW("flows", read_count, "a number", .def = "65536", .fixed = true),
	ROW("every", read_count, "a number", .def = "0"),
	ROW("idle", read_hook_idle, "auto or a time in whole milliseconds, like 30s",
	    .def = "auto"),
	{ 0 }
};

static const struct conf_key qdisc_keys[] = {
	ROW("handle", read_handle, "a handle, like 1:", .fixed = true),
	ROW("fallback", read_fallback, "a qdisc with its options, like fq_codel",
	    .file_only = true),
	ROW("slot", read_name, "a name: " LQ_NAME_RULE),
	ROW("bands", read_bands, "a number from 1 to 16"),
	ROW("map", read_map, "[strict] CLASS:BAND ... or none", .def = "none"),
	ROW("mode", read_mode, "drr, strict or srpt"),
	ROW("order", read_order, "exact or bands"),
	ROW("quantum", read_quantum, "at most 16 numbers of bytes from 1 to 16m"),
	ROW("thresholds", read_thresholds, "at most 15 numbers of bytes, ascending, or auto",
	    .def = "auto"),
	ROW("default", read_band, "a band, 0 to 15"),
	ROW("limit", read_limit, "a number of packets from 1 on"),
	ROW("flows", read_flows, "a number from 64 to 4194304", .fixed = true),
	ROW("every", read_count, "a number of packets", .def = "0"),
	ROW("phases", read_phases, "packet numbers with commas between"),
	ROW("ecn", read_on_off, "on or off"),
	ROW("starve", read_starve, "a time, like 100ms"),
	ROW("inner", read_on_off, "on or off", .def = "on"),
	ROW("split-gso", read_on_off, "on or off", .def = "off"),
	ROW("idle", read_idle, "auto or a time in whole milliseconds, like 30s"),
	{ 0 }
};

static const struct conf_key *const tables[CONF_KINDS] = { slot_keys, tcp_keys, hook_keys,
							   qdisc_keys };

const struct conf_key *conf_keys(enum conf_kind kind)
{
	return tables[kind];
}

const struct conf_key *conf_key(enum conf_kind kind, const char *name)
{
	const struct conf_key *k;

	if (kind == CONF_SLOT && !strncmp(name, "param.", 6))
		return strlen(name) < 22 && lq_param_by_name(name + 6) >= 0 ? &param : NULL;
	for (k = tables[kind]; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

/* A rate's bare number is in kbit/s; the other parameters take no unit but %. */
static bool param_fits(const char *name, const char *in)
{
	bool rate = !strcmp(lq_params[lq_param_by_name(name + 6)].unit, "kbit/s");
	int64_t v;

	return rate ? args_kbit_millionths(in, &v) : args_millionths(in, &v);
}

bool conf_canonical(const struct conf_key *key, const char *name, const char *in, char *out)
{
	return (key != &param || param_fits(name, in)) && key->read(in, out, CONF_VALUE_MAX);
}
