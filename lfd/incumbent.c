// SPDX-License-Identifier: GPL-2.0
#include "incumbent.h"

#include <stdio.h>
#include <string.h>

#include "label.h"
#include "lfctl/lib/args.h"
#include "lfctl/lib/out.h"

static bool classes_fit(struct json_object *snapshot, const struct store_layout *l)
{
	size_t i, n = out_length(snapshot, "outputs");

	if (n > l->n_classes)
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(out_str(out_at(snapshot, "outputs", i), "name"), l->classes[i]))
			return false;
	return true;
}

/* A value in another unit is not a prediction of the label. */
static bool value_fits(struct json_object *snapshot, const struct store_layout *l)
{
	const char *unit = out_str(out_at(snapshot, "outputs", 0), "unit");

	if (l->what == LABEL_ACTION)
		return out_length(snapshot, "outputs") == 1;
	return !strcmp(unit, l->what == LABEL_DURATION ? "log2 us" : "log2 bytes");
}

void incumbent_of(struct incumbent *inc, struct json_object *o, const struct store_layout *l)
{
	struct json_object *out = out_at(o, "outputs", 0);
	bool class = !strcmp(out_str(o, "meaning"), "class");

	memset(inc, 0, sizeof(*inc));
	args_hex(out_str(o, "hash"), inc->hash, sizeof(inc->hash));
	snprintf(inc->name, sizeof(inc->name), "%s", out_str(o, "name"));
	inc->n_outputs = out_length(o, "outputs");
	inc->same = class == (l->n_classes > 0) && (class ? classes_fit(o, l) : value_fits(o, l));
	inc->out.zp = out_s64(out, "zp");
	inc->out.m = out_s64(out, "m");
	inc->out.S = out_s64(out, "shift");
}

bool incumbent_load(struct incumbent *inc, const char *path)
{
	struct graph_err err;

	if (inc->loaded)
		return true;
	if (!*path || lfs_read(&inc->m, path, &err))
		return false;
	if (memcmp(inc->m.info.hash, inc->hash, sizeof(inc->hash)) ||
	    inc->m.info.n_outputs != inc->n_outputs) {
		lfs_free(&inc->m);
		return false;
	}
	snprintf(inc->path, sizeof(inc->path), "%s", path);
	inc->loaded = true;
	return true;
}

void incumbent_free(struct incumbent *inc)
{
	if (inc->loaded)
		lfs_free(&inc->m);
	memset(inc, 0, sizeof(*inc));
}

/* --- to the trainer --- */

int incumbent_save(const struct incumbent *inc, const char *path, struct graph_err *err)
{
	struct json_object *o = json_object_new_object();
	char hex[2 * LQ_HASH_LEN + 1];
	const char *text;
	int ret;

	out_hex(inc->hash, sizeof(inc->hash), hex);
	out_add_str(o, "hash", hex);
	out_add_str(o, "name", inc->name);
	out_add_bool(o, "same", inc->same);
	out_add_u64(o, "n_outputs", inc->n_outputs);
	out_add_s64(o, "zp", inc->out.zp);
	out_add_s64(o, "m", inc->out.m);
	out_add_s64(o, "shift", inc->out.S);
	out_add_str(o, "path", inc->path);
	text = json_object_to_json_string(o);
	ret = util_write(path, text, strlen(text), err);
	json_object_put(o);
	return ret;
}

int incumbent_read(struct incumbent *inc, const char *path, struct graph_err *err)
{
	struct json_object *o = json_object_from_file(path);

	memset(inc, 0, sizeof(*inc));
	if (!o)
		return util_fail(err, "%s cannot be read", path);
	args_hex(out_str(o, "hash"), inc->hash, sizeof(inc->hash));
	snprintf(inc->name, sizeof(inc->name), "%s", out_str(o, "name"));
	inc->same = json_object_get_boolean(json_object_object_get(o, "same"));
	inc->n_outputs = out_u64(o, "n_outputs");
	inc->out.zp = out_s64(o, "zp");
	inc->out.m = out_s64(o, "m");
	inc->out.S = out_s64(o, "shift");
	incumbent_load(inc, out_str(o, "path"));
	json_object_put(o);
	return 0;
}

/* --- answers --- */

bool incumbent_answer(struct incumbent *inc, const int32_t *raw, const int32_t *outputs,
		    const uint8_t hash[8], double *answer)
{
	int32_t y[LQ_MAX_OUTPUTS];

	if (!inc->same) {
		*answer = -1;
		return true;
	}
	if (inc->loaded) {
		lfs_infer(&inc->m, LQ_PATH_PLAIN, raw, y);
		outputs = y;
	} else if (memcmp(hash, inc->hash, 8)) {
		return false;
	}
	*answer = inc->out.m && inc->n_outputs == 1 ? plan_value(&inc->out, outputs[0]) :
						    lfs_argmax(outputs, inc->n_outputs);
	return true;
}
