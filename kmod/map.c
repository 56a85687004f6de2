// SPDX-License-Identifier: GPL-2.0
/*
 * Class maps. An attachment's entries name classes, and each snapshot orders its classes as it
 * likes, so entries are resolved anew for every generation. A name that a snapshot does not have
 * maps nothing; a class without an entry has no action.
 *
 * Words for packets without a verdict name no class; they apply even without a snapshot.
 *
 * For values the entries are upper bounds in the value's unit: the smallest bound >= the value
 * wins. A value in bytes is taken for the size of the whole flow, and what remains of it is mapped,
 * which is what shortest-remaining-first scheduling needs. Other values are mapped as they are.
 */
#include "map.h"

#include <linux/slab.h>
#include <linux/sort.h>

#define ANY_REASON	LF_REASONS
#define NO_REASON	(-1)

static const struct {
	const char *word;
	int reason;
} reason_words[] = {
	{ "none", ANY_REASON },
	{ "early", LITEFLOW_REASON_EARLY },
	{ "no-slot", LITEFLOW_REASON_NO_SLOT },
	{ "no-snapshot", LITEFLOW_REASON_NO_SNAPSHOT },
	{ "not-ip", LITEFLOW_REASON_NOT_IP },
	{ "truncated", LITEFLOW_REASON_TRUNCATED },
	{ "unparsed", LITEFLOW_REASON_UNPARSED },
	{ "fragment", LITEFLOW_REASON_FRAGMENT },
	{ "full", LITEFLOW_REASON_TABLE_FULL },
	{ "table-full", LITEFLOW_REASON_TABLE_FULL },
	{ "busy", LITEFLOW_REASON_BUSY },
	{ "guard", LITEFLOW_REASON_GUARD },
	{ "unsure", LITEFLOW_REASON_UNSURE },
};

static int reason_by_word(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reason_words); i++)
		if (!strcmp(word, reason_words[i].word))
			return reason_words[i].reason;
	return NO_REASON;
}

bool lf_map_is_reason(const char *name)
{
	return reason_by_word(name) != NO_REASON;
}
EXPORT_SYMBOL_GPL(lf_map_is_reason);

/* A reason's own entry takes precedence over the one for all reasons. */
void lf_map_none_set(struct lf_map_none *none, const struct lf_map_entry *entry, unsigned int n)
{
	u32 action[LF_REASONS], any = LF_ACTION_NONE;
	unsigned int i;
	int reason;

	for (i = 0; i < LF_REASONS; i++)
		action[i] = LF_ACTION_NONE;
	for (i = 0; i < n; i++) {
		reason = reason_by_word(entry[i].class_name);
		if (reason == ANY_REASON)
			any = entry[i].action;
		else if (reason != NO_REASON)
			action[reason] = entry[i].action;
	}
	for (i = 0; i < LF_REASONS; i++)
		WRITE_ONCE(none->action[i], action[i] == LF_ACTION_NONE ? any : action[i]);
}

struct lf_map_entry *lf_map_copy(const struct lf_map_entry *entry, unsigned int n)
{
	/* One more, so that an empty map is a valid pointer too. */
	struct lf_map_entry *e = kcalloc(n + 1, sizeof(*e), LF_GFP);

	if (e && n)
		memcpy(e, entry, n * sizeof(*e));
	return e;
}

static int class_by_name(const struct lf_snapshot *snap, const char *name)
{
	unsigned int i;
	u32 index;

	for (i = 0; i < snap->n_outputs; i++)
		if (!strcmp(lq_file_output(snap->file, i)->name, name))
			return i;
	if (!kstrtou32(name, 10, &index) && index < snap->n_outputs)
		return index;
	return -1;
}

static void map_classes(struct lf_map *map, const struct lf_map_entry *entry, unsigned int n,
			const struct lf_snapshot *snap)
{
	unsigned int i;
	int class;

	map->n = snap->n_outputs;
	for (i = 0; i < map->n; i++)
		map->e[i].action = LF_ACTION_NONE;
	for (i = 0; i < n; i++) {
		if (lf_map_is_reason(entry[i].class_name))
			continue;
		class = class_by_name(snap, entry[i].class_name);
		if (class < 0)
			continue;
		map->e[class].action = entry[i].action;
		map->known |= BIT_ULL(i);
	}
}

static int compare_bounds(const void *a, const void *b)
{
	const struct lf_map_bound *x = a, *y = b;

	return x->upto < y->upto ? -1 : x->upto > y->upto;
}

static void map_bounds(struct lf_map *map, const struct lf_map_entry *entry, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (kstrtos64(entry[i].class_name, 10, &map->e[map->n].upto))
			continue;
		map->e[map->n++].action = entry[i].action;
		map->known |= BIT_ULL(i);
	}
	sort(map->e, map->n, sizeof(map->e[0]), compare_bounds, NULL);
}

/* Reserved words are known with any snapshot. */
static u64 words_in(const struct lf_map_entry *entry, unsigned int n)
{
	u64 words = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (lf_map_is_reason(entry[i].class_name))
			words |= BIT_ULL(i);
	return words;
}

struct lf_map *lf_map_create(const struct lf_map_entry *entry, unsigned int n,
			     const struct lf_snapshot *snap)
{
	bool classes = snap->meaning == LQ_MEANING_CLASS;
	struct lf_map *map;

	BUILD_BUG_ON(LF_MAP_MAX > BITS_PER_TYPE(map->known));
	map = kzalloc(struct_size(map, e, classes ? snap->n_outputs : n), LF_GFP);
	if (!map)
		return NULL;
	map->meaning = snap->meaning;
	map->in_bytes = snap->in_bytes;
	map->known = words_in(entry, n);
	if (classes)
		map_classes(map, entry, n, snap);
	else
		map_bounds(map, entry, n);
	return map;
}

bool lf_map_knows(const struct lf_snapshot *snap, const char *name)
{
	s64 bound;

	if (lf_map_is_reason(name))
		return true;
	if (snap->meaning == LQ_MEANING_CLASS)
		return class_by_name(snap, name) >= 0;
	return !kstrtos64(name, 10, &bound);
}

int lf_map_tell_unknown(const struct lf_map_entry *entry, unsigned int n, enum lf_map_check check,
			const struct lf_snapshot *snap, struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!lf_map_knows(snap, entry[i].class_name))
			break;
	if (i == n || check == LF_MAP_UNCHECKED)
		return 0;
	if (snap->meaning == LQ_MEANING_CLASS)
		lf_extack(extack, "the map names class %s, which snapshot %s does not have",
			  entry[i].class_name, snap->info.name);
	else
		lf_extack(extack,
			  "the map names class %s, but snapshot %s predicts a value: use "
			  "numbers as bounds",
			  entry[i].class_name, snap->info.name);
	return check == LF_MAP_STRICT ? -EINVAL : 0;
}

/*
 * What remains of a flow's predicted size. A flow past its prediction was underestimated, and sizes
 * have a heavy tail: n bytes past it, the flow is assumed to have n bytes left. So no elephant
 * stays in the first band because it was called a mouse.
 */
static s64 remaining(s64 units, u64 bytes)
{
	u64 size = max_t(s64, units, 0);

	return min_t(u64, size > bytes ? size - bytes : bytes - size, S64_MAX);
}

static u32 action_of_units(const struct lf_map *map, s64 units)
{
	u32 i;

	for (i = 0; i < map->n; i++)
		if (units <= map->e[i].upto)
			return map->e[i].action;
	return LF_ACTION_NONE;
}

u32 lf_map_action(const struct lf_map *map, const struct lf_verdict *v)
{
	if (map->meaning == LQ_MEANING_CLASS)
		return v->class < map->n ? map->e[v->class].action : LF_ACTION_NONE;
	return action_of_units(map, map->in_bytes ? remaining(v->units, v->flow_bytes) : v->units);
}

/* Two names for one reason count as the same. */
static bool same_name(const char *a, const char *b)
{
	return !strcmp(a, b) || (lf_map_is_reason(a) && reason_by_word(a) == reason_by_word(b));
}

static bool terminated(const struct lf_map_entry *entry)
{
	return strnlen(entry->class_name, LQ_NAME_LEN) < LQ_NAME_LEN;
}

int lf_map_check(const struct lf_map_entry *entry, unsigned int n, struct netlink_ext_ack *extack)
{
	unsigned int i, j;

	if (n > LF_MAP_MAX) {
		lf_extack(extack, "a map has at most %u entries, not %u", LF_MAP_MAX, n);
		return -EINVAL;
	}
	for (i = 0; i < n; i++) {
		if (!terminated(&entry[i]) || !lq_name_ok(entry[i].class_name)) {
			lf_extack(extack,
				  "entry %u of the map: a class name is " LQ_NAME_RULE, i + 1);
			return -EINVAL;
		}
		if (entry[i].action == LF_ACTION_NONE) {
			lf_extack(extack, "entry %u of the map (%s) has no action", i + 1,
				  entry[i].class_name);
			return -EINVAL;
		}
		for (j = 0; j < i; j++) {
			if (!same_name(entry[i].class_name, entry[j].class_name))
				continue;
			lf_extack(extack, "class %s is in the map twice", entry[i].class_name);
			return -EINVAL;
		}
	}
	return 0;
}
