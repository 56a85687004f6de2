// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "why.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lq/features.h>

#include "out.h"

#define ALIGN	64	/* of models and scratch memory */

static void *aligned(size_t n)
{
	void *p;

	return posix_memalign(&p, ALIGN, n) ? NULL : p;
}

int why_model_open(struct why_model *m, const struct file *file, const char *what)
{
	struct lq_err err = { "" };
	void *mem;
	int ret;

	memset(m, 0, sizeof(*m));
	m->file = *file;
	ret = lq_validate(m->file.data, m->file.len, &m->info, &err);
	if (ret) {
		why_model_close(m);
		return lfctl_fail("%s: %s", what, *err.msg ? err.msg : strerror(-ret));
	}
	mem = aligned(m->info.model_bytes);
	m->scratch = aligned(sizeof(*m->scratch));
	if (!mem || !m->scratch) {
		free(mem);
		why_model_close(m);
		return lfctl_fail("out of memory");
	}
	m->model = lq_pack(m->file.data, &m->info, mem);
	return 0;
}

void why_model_close(struct why_model *m)
{
	free(m->model);
	free(m->scratch);
	file_free(&m->file);
}

void why_model_run(struct why_model *m, const s32 *x, s32 *y)
{
	lq_infer(m->model, LQ_PATH_PLAIN, x, y, m->scratch);
}

bool why_model_all_known(const struct why_model *m)
{
	uint32_t i;

	for (i = 0; i < m->info.n_inputs; i++)
		if (!m->known[i])
			return false;
	return true;
}

const char *why_model_input(const struct why_model *m, uint32_t i)
{
	return lq_file_input(m->file.data, i)->name;
}

const char *why_model_output(const struct why_model *m, uint32_t o)
{
	return lq_file_output(m->file.data, o)->name;
}

s32 why_model_least(const struct why_model *m, uint32_t i)
{
	return (s32)lq_le32(&lq_file_input(m->file.data, i)->cal_lo);
}

s32 why_model_greatest(const struct why_model *m, uint32_t i)
{
	return (s32)lq_le32(&lq_file_input(m->file.data, i)->cal_hi);
}

/* --- units --- */

/* The unit is the feature's: the model may have been trained in another one. */
static double step_of(const struct why_model *m, uint32_t i)
{
	int f = lq_feature_by_name(why_model_input(m, i));

	return f < 0 ? 1 : (double)lq_features[f].num / lq_features[f].den;
}

const char *why_model_unit(const struct why_model *m, uint32_t i)
{
	int f = lq_feature_by_name(why_model_input(m, i));

	return f < 0 ? "" : lq_features[f].unit;
}

double why_model_value(const struct why_model *m, uint32_t i, double steps)
{
	return steps * step_of(m, i);
}

s32 why_model_steps(const struct why_model *m, uint32_t i, double value)
{
	double steps = round(value / step_of(m, i));

	return steps >= INT32_MAX ? INT32_MAX : steps <= INT32_MIN ? INT32_MIN : (s32)steps;
}

double why_model_score(const struct why_model *m, uint32_t o, double raw)
{
	const struct lq_output *out = lq_file_output(m->file.data, o);

	return ldexp((raw - (s32)lq_le32(&out->zp)) * (s32)lq_le32(&out->m),
		     -(s16)lq_le16(&out->S));
}

void why_add(struct json_object *o, const char *key, double v)
{
	char text[32];

	snprintf(text, sizeof(text), "%.10g", v);
	json_object_object_add(o, key, json_object_new_double_s(v, text));
}
