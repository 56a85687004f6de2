// SPDX-License-Identifier: GPL-2.0
/* Constants of TensorFlow Lite models as real numbers. */
#include <math.h>
#include <string.h>

#include "tflite_import.h"
#include "util.h"

/* IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
static double tflite_half(uint16_t h)
{
	int exp = h >> 10 & 31, frac = h & 1023;
	double v = exp ? ldexp(1024 + frac, exp - 25) : ldexp(frac, -24);

	if (exp == 31)
		v = NAN;
	return h & 0x8000 ? -v : v;
}

/* Element i of a constant as a real number; int8 of row i / (n / rows). */
static double tflite_real(struct tflite_ctx *c, const struct tflite_tensor *t, size_t i,
			  uint32_t rows)
{
	uint32_t row = i / (t->n / rows), w;
	float f;

	switch (t->type) {
	case TFLITE_FLOAT32:
		w = lq_le32(t->data + 4 * i);
		memcpy(&f, &w, sizeof(f));
		return f;
	case TFLITE_FLOAT16:
		return tflite_half(lq_le16(t->data + 2 * i));
	case TFLITE_INT8:
		return ((int8_t)t->data[i] - (t->n_scales > 1 ? 0 : t->zp)) *
		       (double)tflite_scale(c, t, row);
	}
	return NAN;
}

int tflite_reals(struct tflite_ctx *c, const struct tflite_tensor *t, uint32_t rows, double *v)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		v[i] = tflite_real(c, t, i, rows);
		if (!isfinite(v[i]))
			return tflite_fail(c, "'%s' has a number that is infinite, not a number, "
					   "or of type %d",
					   t->name, t->type);
	}
	return 0;
}

int tflite_spread(struct tflite_ctx *c, const struct tflite_tensor *t, uint32_t n, double *v)
{
	uint32_t i;

	if ((t->n != 1 && (t->n != n || t->dims[t->rank - 1] != n)) || !tflite_type_size(t->type) ||
	    t->len != t->n * tflite_type_size(t->type))
		return tflite_fail(c, "constant '%s' of %u numbers does not fit %u", t->name, t->n,
				   n);
	if (t->n_scales > 1)
		return tflite_fail(c, "constant '%s' has %u scales", t->name, t->n_scales);
	if (tflite_reals(c, t, 1, v))
		return -1;
	for (i = t->n; i < n; i++)
		v[i] = v[0];
	return 0;
}
