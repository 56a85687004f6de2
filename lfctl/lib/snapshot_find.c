// SPDX-License-Identifier: GPL-2.0
/* A snapshot of the kernel by its name or hash. */
#include "snapshot_find.h"

#include <string.h>

#include <lq/name.h>

#include "args.h"
#include "field.h"
#include "nl.h"
#include "out.h"

#define HASH_DIGITS_MIN	8	/* fewer could be a name, and clash */

static const char *const kinds[] = { NULL, "net", "forest" };
static const char *const meanings[] = { NULL, "class", "value" };

static const struct field input_fields[] = {
	{ "name", LITEFLOW_A_INPUT_NAME, FIELD_STR },
	{ "cal_lo", LITEFLOW_A_INPUT_CAL_LO, FIELD_S32 },
	{ "cal_hi", LITEFLOW_A_INPUT_CAL_HI, FIELD_S32 },
	{ 0 }
};

static const struct field output_fields[] = {
	{ "name", LITEFLOW_A_OUTPUT_NAME, FIELD_STR },
	{ "unit", LITEFLOW_A_OUTPUT_UNIT, FIELD_STR },
	{ "zp", LITEFLOW_A_OUTPUT_ZP, FIELD_S32 },
	{ "m", LITEFLOW_A_OUTPUT_M, FIELD_S32 },
	{ "shift", LITEFLOW_A_OUTPUT_SHIFT, FIELD_S32 },
	{ 0 }
};

/* The dump leaves out inputs and outputs. */
static const struct field fields[] = {
	{ "name", LITEFLOW_A_SNAPSHOT_NAME, FIELD_STR },
	{ "hash", LITEFLOW_A_SNAPSHOT_HASH, FIELD_HASH },
	{ "kind", LITEFLOW_A_SNAPSHOT_KIND, FIELD_NAME, FIELD_NAMES(kinds) },
	{ "meaning", LITEFLOW_A_SNAPSHOT_MEANING, FIELD_NAME, FIELD_NAMES(meanings) },
	{ "n_inputs", LITEFLOW_A_SNAPSHOT_N_INPUTS, FIELD_U32 },
	{ "n_outputs", LITEFLOW_A_SNAPSHOT_N_OUTPUTS, FIELD_U32 },
	{ "macs", LITEFLOW_A_SNAPSHOT_MACS, FIELD_U32 },
	{ "steps", LITEFLOW_A_SNAPSHOT_STEPS, FIELD_U32 },
	{ "length", LITEFLOW_A_SNAPSHOT_LENGTH, FIELD_U32 },
	{ "ns", LITEFLOW_A_SNAPSHOT_NS, FIELD_U32 },
	{ "measured_ns", LITEFLOW_A_SNAPSHOT_MEASURED_NS, FIELD_U32 },
	{ "bytes", LITEFLOW_A_SNAPSHOT_BYTES, FIELD_U32 },
	{ "users", LITEFLOW_A_SNAPSHOT_USERS, FIELD_U32 },
	{ "module", LITEFLOW_A_SNAPSHOT_MODULE, FIELD_STR },
	{ "loaded", LITEFLOW_A_SNAPSHOT_LOADED, FIELD_U64 },
	{ "inputs", LITEFLOW_A_SNAPSHOT_INPUT, FIELD_OBJECTS, FIELD_SUB(input_fields) },
	{ "outputs", LITEFLOW_A_SNAPSHOT_OUTPUT, FIELD_OBJECTS, FIELD_SUB(output_fields) },
	{ 0 }
};

bool snapshot_word_ok(const char *word)
{
	uint8_t hash[LQ_HASH_LEN];

	return lq_name_ok(word) || args_hex(word, hash, sizeof(hash)) >= HASH_DIGITS_MIN;
}

/* The only snapshot of the array whose hash begins with the word's digits. */
static int resolve_hash(struct json_object *array, const char *word, struct snapshot_ref *ref)
{
	struct json_object *o;
	size_t i, n = strlen(word), found = 0;
	const char *hash;

	for (i = 0; i < json_object_array_length(array); i++) {
		o = json_object_array_get_idx(array, i);
		if (!strcmp(out_str(o, "name"), word)) {
			snprintf(ref->name, sizeof(ref->name), "%s", word);
			ref->by_hash = false;
			return 0;
		}
		hash = out_str(o, "hash");
		if (strncasecmp(hash, word, n))
			continue;
		args_hex(hash, ref->hash, sizeof(ref->hash));
		found++;
	}
	if (!found)
		return lfctl_fail("no snapshot has the name %s or a hash that begins so", word);
	if (found > 1)
		return lfctl_fail("%zu snapshots have a hash that begins with %s", found, word);
	return 0;
}

int snapshot_get_all(struct nl *nl, struct json_object **array)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SNAPSHOT_GET, NLM_F_DUMP);

	return nl_collect(nl, nlh, fields, array) ? nl_fail(nl, "snapshot list") : 0;
}

int snapshot_resolve(struct nl *nl, const char *word, struct snapshot_ref *ref)
{
	struct json_object *array;
	int digits, status;

	memset(ref, 0, sizeof(*ref));
	digits = args_hex(word, ref->hash, sizeof(ref->hash));
	ref->by_hash = digits >= HASH_DIGITS_MIN;
	/* A full hash cannot be a name, and also works for snapshots not listed for this user. */
	if (digits == 2 * LQ_HASH_LEN)
		return 0;
	if (!ref->by_hash) {
		snprintf(ref->name, sizeof(ref->name), "%s", word);
		return 0;
	}
	status = snapshot_get_all(nl, &array);
	if (status)
		return status;
	status = resolve_hash(array, word, ref);
	json_object_put(array);
	return status;
}

void snapshot_put_ref(struct nlmsghdr *nlh, const struct snapshot_ref *ref)
{
	if (ref->by_hash)
		mnl_attr_put(nlh, LITEFLOW_A_SNAPSHOT_HASH, sizeof(ref->hash), ref->hash);
	else
		mnl_attr_put_strz(nlh, LITEFLOW_A_SNAPSHOT_NAME, ref->name);
}

int snapshot_get(struct nl *nl, const struct snapshot_ref *ref, struct json_object **o)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_SNAPSHOT_GET, 0);

	snapshot_put_ref(nlh, ref);
	return nl_get(nl, nlh, fields, o);
}

struct json_object *snapshot_by_hash(struct nl *nl, const char *hex)
{
	uint8_t hash[LQ_HASH_LEN];
	struct json_object *o;
	struct nlmsghdr *nlh;
	int digits;

	digits = args_hex(hex, hash, sizeof(hash));
	if (digits < 8 || digits % 2)
		return NULL;
	nlh = nl_request(nl, LITEFLOW_CMD_SNAPSHOT_GET, 0);
	mnl_attr_put(nlh, LITEFLOW_A_SNAPSHOT_HASH, digits / 2, hash);
	return nl_get(nl, nlh, fields, &o) ? NULL : o;
}

struct json_object *snapshot_by_name(struct nl *nl, const char *name)
{
	struct snapshot_ref ref = { 0 };
	struct json_object *o;

	snprintf(ref.name, sizeof(ref.name), "%s", name);
	return snapshot_get(nl, &ref, &o) ? NULL : o;
}
