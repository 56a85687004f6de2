// SPDX-License-Identifier: GPL-2.0
#include "conf_state.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "conf_key.h"
#include "conf_tc.h"
#include "guard.h"
#include "hook.h"
#include "hook_words.h"
#include "lfctl.h"
#include "nl.h"
#include "out.h"
#include "slot.h"

#define CC	"/proc/sys/net/ipv4/tcp_congestion_control"
#define TCP_SLOT "/proc/sys/net/liteflow/tcp_slot"

static void set(struct conf_section *s, const char *key, const char *value)
{
	char out[CONF_VALUE_MAX];

	if (conf_canonical(conf_key(s->kind, key), key, value, out))
		conf_set(s, key, out, 0);
}

static void set_u64(struct conf_section *s, const char *key, uint64_t v, const char *unit)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 "%s", v, unit);
	set(s, key, text);
}

/* By name: the kernel has its own order, which changes. */
static int by_name(const void *a, const void *b)
{
	return strcmp(out_str(*(struct json_object *const *)a, "name"),
		      out_str(*(struct json_object *const *)b, "name"));
}

/* --- slots --- */

static void add_slot(struct conf *conf, struct json_object *o)
{
	struct conf_section *s = conf_add(conf, CONF_SLOT, out_str(o, "name"), 0);
	struct json_object *active = json_object_object_get(o, "active");
	struct json_object *guard = json_object_object_get(o, "guard");
	char key[64], words[CONF_VALUE_MAX];

	if (active) {
		set(s, "snapshot", out_str(active, "snapshot"));
		set(s, "hash", out_str(active, "hash"));
	}
	set(s, "pin", out_str(o, "pin"));
	set_u64(s, "sample", out_u64(o, "sample"), "");
	if (out_u64(o, "budget_ns"))
		set_u64(s, "budget", out_u64(o, "budget_ns"), "ns");
	else
		set(s, "budget", "none");
	set_u64(s, "shadow", out_u64(o, "shadow"), "");
	set_u64(s, "flush", out_u64(o, "flush_ms"), "ms");
	set_u64(s, "confidence", out_u64(o, "confidence"), "");
	set_u64(s, "buffers", out_u64(o, "buffers"), "");
	slot_history_words(o, words);
	set(s, "history", words);
	if (guard) {
		guard_words_of(guard, words, sizeof(words));
		set(s, "guard", words);
	}
	json_object_object_foreach(json_object_object_get(o, "params"), name, value) {
		snprintf(key, sizeof(key), "param.%.20s", name);
		if (conf_key(CONF_SLOT, key))
			set(s, key, json_object_get_string(value));
	}
}

static int add_slots(struct conf *conf, struct nl *nl)
{
	struct json_object *array;
	size_t i;
	int status = slot_read(nl, NULL, &array);

	if (status)
		return status;
	json_object_array_sort(array, by_name);
	for (i = 0; i < json_object_array_length(array); i++)
		add_slot(conf, json_object_array_get_idx(array, i));
	json_object_put(array);
	return 0;
}

/* --- congestion control --- */

static bool read_sysctl(const char *path, char *value, size_t n)
{
	FILE *f = fopen(path, "re");
	bool good = f && fgets(value, n, f);

	if (f)
		fclose(f);
	if (good)
		value[strcspn(value, "\n")] = 0;
	return good;
}

static void add_tcp(struct conf *conf)
{
	struct conf_section *s;
	char value[64];

	s = conf_add(conf, CONF_TCP, "", 0);
	if (read_sysctl(TCP_SLOT, value, sizeof(value)))
		set(s, "slot", value);
	if (read_sysctl(CC, value, sizeof(value)))
		set(s, "congestion_control", value);
}

/* --- hooks --- */

static void set_map(struct conf_section *s, struct json_object *o)
{
	char map[CONF_VALUE_MAX] = "", actions[HOOK_ACTION_TEXT];
	bool strict = json_object_get_boolean(json_object_object_get(o, "map_strict"));
	struct hook_action a;
	struct json_object *e;
	size_t i, at = 0;

	for (i = 0; i < out_length(o, "map") && at < sizeof(map); i++) {
		e = out_at(o, "map", i);
		a = (struct hook_action){
			.has_mark = out_has(e, "mark"), .mark = out_u64(e, "mark"),
			.has_priority = out_has(e, "priority"), .priority = out_u64(e, "priority"),
			.has_label = out_has(e, "label"), .label = out_u64(e, "label"),
			.accept = json_object_get_boolean(json_object_object_get(e, "accept")),
			.drop = json_object_get_boolean(json_object_object_get(e, "drop")),
			.log = json_object_get_boolean(json_object_object_get(e, "log")),
		};
		hook_print_action(&a, actions, sizeof(actions));
		at += snprintf(map + at, sizeof(map) - at, "%s%s:%s",
			       at     ? " " :
			       strict ? "strict " :
					"",
			       out_str(e, "class"), actions);
	}
	if (at)
		set(s, "map", map);
}

static void set_if(struct conf_section *s, const char *key, uint64_t v, const char *unit)
{
	if (v)
		set_u64(s, key, v, unit);
}

static void add_hook(struct conf *conf, struct json_object *o)
{
	struct conf_section *s = conf_add(conf, CONF_HOOK, out_str(o, "name"), 0);
	char text[64];

	set(s, "family", out_str(o, "family"));
	set(s, "hook", out_str(o, "hook"));
	if (out_has(o, "dev"))
		set(s, "dev", out_str(o, "dev"));
	snprintf(text, sizeof(text), "%" PRId64, out_s64(o, "priority"));
	set(s, "priority", text);
	set(s, "slot", out_str(o, "slot"));
	if (out_u64(o, "request_mask")) {
		snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64, out_u64(o, "request_mark"),
			 out_u64(o, "request_mask"));
		set(s, "request", text);
	}
	if (out_u64(o, "clear"))
		set(s, "clear", "on");
	set_if(s, "result", out_u64(o, "result_mask"), "");
	set_if(s, "shift", out_u64(o, "result_shift"), "");
	set_map(s, o);
	if (out_u64(o, "ct"))
		set(s, "ct", "on");
	if (out_u64(o, "inner"))
		set(s, "inner", "on");
	set_if(s, "flows", out_u64(o, "flows_max"), "");
	set_if(s, "every", out_u64(o, "every"), "");
	set_if(s, "idle", out_u64(o, "idle_ms"), "ms");
}

static int add_hooks(struct conf *conf)
{
	const struct lfctl here = { 0 };
	struct json_object *array;
	struct nl nl;
	size_t i;
	int status;

	if (access("/sys/module/nf_liteflow", F_OK))
		return 0;
	status = nl_open(&nl, &here);
	if (status)
		return status;
	status = hook_read(&nl, NULL, &array);
	if (!status) {
		json_object_array_sort(array, by_name);
		for (i = 0; i < json_object_array_length(array); i++)
			add_hook(conf, json_object_array_get_idx(array, i));
		json_object_put(array);
	}
	nl_close(&nl);
	return status;
}

int conf_read_state(struct conf *conf, struct nl *nl, const struct tc_list *qdiscs)
{
	int status;

	memset(conf, 0, sizeof(*conf));
	status = add_slots(conf, nl);
	if (status)
		return status;
	add_tcp(conf);
	status = add_hooks(conf);
	return status ? status : tc_sections(qdiscs, conf);
}
