// SPDX-License-Identifier: GPL-2.0
/*
 * Weights in a file beside the model, as written by PyTorch since 2.9: all in one file at offsets.
 *
 * The file's name comes from the model, so it must stay in the model's directory: no absolute path
 * and no "..".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_import.h"
#include "util.h"

static const char *onnx_external_entry(const Onnx__Tensor *p, const char *key)
{
	size_t i;

	for (i = 0; i < p->n_external_data; i++)
		if (p->external_data[i]->key && !strcmp(p->external_data[i]->key, key))
			return p->external_data[i]->value;
	return NULL;
}

/* Does the name stay within the directory? */
static bool onnx_external_inside(const char *location)
{
	const char *p = location;

	if (*p == '/')
		return false;
	for (; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return false;
	return true;
}

static int onnx_external_number(struct onnx_ctx *c, const Onnx__Tensor *p, const char *key,
				size_t dflt, size_t *v)
{
	const char *text = onnx_external_entry(p, key);
	char *stop;

	*v = dflt;
	if (!text)
		return 0;
	*v = strtoull(text, &stop, 10);
	if (stop == text || *stop || *text == '-' || *v > ONNX_MAX_EXTERNAL)
		return onnx_fail(c, "tensor '%.64s': %s \"%.40s\" of its data",
				 p->name ? p->name : "", key, text);
	return 0;
}

/* len bytes at off of the file beside the model. */
static uint8_t *onnx_external_bytes(struct onnx_ctx *c, const char *location, size_t off,
				    size_t len)
{
	int folder = util_basename(c->what) - c->what;
	uint8_t *data = util_alloc(len, 1);
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%.*s%s", folder, c->what, location);
	f = fopen(path, "rb");
	if (!f) {
		onnx_fail(c, "%.256s: %s: the weights are there; keep it beside the model", path,
			  strerror(errno));
	} else if (fseeko(f, off, SEEK_SET) || fread(data, 1, len, f) != len) {
		onnx_fail(c, "%.256s: %zu bytes at %zu are not there", path, len, off);
	} else {
		fclose(f);
		return data;
	}
	if (f)
		fclose(f);
	free(data);
	return NULL;
}

uint8_t *onnx_external(struct onnx_ctx *c, const Onnx__Tensor *p, size_t want)
{
	const char *location = onnx_external_entry(p, "location"), *name = p->name ? p->name : "";
	size_t off, len;

	if (!location || !*location) {
		onnx_fail(c, "tensor '%.64s' has its data in another file, which it does not name",
			  name);
		return NULL;
	}
	if (!onnx_external_inside(location)) {
		onnx_fail(c, "tensor '%.64s' has its data in '%.128s', which is not in the "
			  "model's folder",
			  name, location);
		return NULL;
	}
	if (onnx_external_number(c, p, "offset", 0, &off) ||
	    onnx_external_number(c, p, "length", want, &len))
		return NULL;
	if (len != want) {
		onnx_fail(c, "tensor '%.64s' has %zu bytes of data, its shape needs %zu", name, len,
			  want);
		return NULL;
	}
	return onnx_external_bytes(c, location, off, len);
}
