// SPDX-License-Identifier: GPL-2.0
/*
 * Brings the rows of an int8 layer to one shift, without changing a bit of any result.
 *
 * Our layers have one S, while the file's rows have one s each, since their scales differ. Rows
 * with a smaller s are lifted: with k = S - s,
 *
 *	(acc * m + 2^(s-1)) >> s  =  (acc 2^k * m + 2^(s+k-1)) >> (s+k)
 *
 * so weights and bias times 2^k give the same bits. int8 weights leave 8 spare bits in s16, and
 * the accumulator must not pass 2^31 - 1.
 *
 * Rows with a greater s (tiny weights, as after pruning) are lowered. Their result is a staircase
 * of at most 256 steps, and only the accumulators where it steps matter: with T the first one that
 * gives y or more, a multiplier m' at the shift S steps there, too, if
 *
 *	T m' + 2^(S-1) >= y 2^S		(T - 1) m' + 2^(S-1) < y 2^S
 *
 * An m' within all of these bounds gives the same bits for every possible accumulator. Each S is
 * tried, from the greatest down, until every row can be lifted or lowered to it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tflite_import.h"
#include "util.h"

struct tflite_rows tflite_rows_new(uint32_t n_in, uint32_t n_out)
{
	return (struct tflite_rows){
		.n_in = n_in,
		.n_out = n_out,
		.w = util_alloc((size_t)n_in * n_out, sizeof(int16_t)),
		.bias = util_alloc(n_out, sizeof(int64_t)),
		.m = util_alloc(n_out, sizeof(int32_t)),
		.s = util_alloc(n_out, sizeof(int)),
	};
}

void tflite_rows_free(struct tflite_rows *r)
{
	free(r->w);
	free(r->bias);
	free(r->m);
	free(r->s);
}

/* The greatest |acc| of a row: inputs are int8. */
static int64_t tflite_row_bound(const struct tflite_rows *r, uint32_t o)
{
	int64_t sum = llabs(r->bias[o]);
	uint32_t i;

	for (i = 0; i < r->n_in; i++)
		sum += 128 * abs(r->w[(size_t)o * r->n_in + i]);
	return sum;
}

/* Can the row's weights be multiplied by 2^k? */
static bool tflite_row_lifts(const struct tflite_rows *r, uint32_t o, int k)
{
	const int16_t *w = r->w + (size_t)o * r->n_in;
	uint32_t i;

	for (i = 0; i < r->n_in; i++)
		if (w[i] && (k > 14 || abs(w[i]) > INT16_MAX >> k))
			return false;
	return k < 31 && tflite_row_bound(r, o) <= INT32_MAX >> k;
}

static void tflite_row_lift(struct tflite_rows *r, uint32_t o, int k)
{
	uint32_t i;

	for (i = 0; i < r->n_in; i++)
		r->w[(size_t)o * r->n_in + i] *= 1 << k;
	r->bias[o] *= 1LL << k;
}

static __int128 tflite_floor_div(__int128 a, __int128 b)
{
	__int128 q = a / b;

	return q - (a % b && (a < 0) != (b < 0));
}

/* The result of a row, before the zero point, within the layer's clamp. */
struct tflite_stair {
	int64_t m, lo, hi;
	int s;
};

static int64_t tflite_stair(const struct tflite_stair *f, int64_t acc)
{
	__int128 y = ((__int128)acc * f->m + ((__int128)1 << (f->s - 1))) >> f->s;

	return y < f->lo ? f->lo : y > f->hi ? f->hi : y;
}

/* Bounds of m' so that acc * m' + half is at least (or below) y 2^S. */
static void tflite_at_least(int64_t acc, __int128 rest, __int128 *lo, __int128 *hi)
{
	__int128 v;

	if (!acc) {
		*lo = rest > 0 ? *hi + 1 : *lo;
	} else if (acc > 0) {
		v = -tflite_floor_div(-rest, acc);
		*lo = v > *lo ? v : *lo;
	} else {
		v = tflite_floor_div(rest, acc);
		*hi = v < *hi ? v : *hi;
	}
}

static void tflite_below(int64_t acc, __int128 rest, __int128 *lo, __int128 *hi)
{
	__int128 v;

	if (!acc) {
		*lo = rest <= 0 ? *hi + 1 : *lo;
	} else if (acc > 0) {
		v = -tflite_floor_div(-rest, acc) - 1;
		*hi = v < *hi ? v : *hi;
	} else {
		v = tflite_floor_div(rest, acc) + 1;
		*lo = v > *lo ? v : *lo;
	}
}

/* The multiplier at shift S with the same result for every accumulator, or -1. */
static int64_t tflite_row_lower(const struct tflite_rows *r, uint32_t o, int S,
				struct tflite_stair f)
{
	int64_t bound = tflite_row_bound(r, o), y, step, near = f.m >> (f.s - S);
	__int128 lo = 0, hi = INT32_MAX, rest;
	struct tflite_stair to = f;

	for (y = tflite_stair(&f, -bound) + 1; y <= tflite_stair(&f, bound); y++) {
		rest = (2 * (__int128)y - 1) * ((__int128)1 << (f.s - 1));
		step = -tflite_floor_div(-rest, f.m);
		rest = (2 * (__int128)y - 1) * ((__int128)1 << (S - 1));
		tflite_at_least(step, rest, &lo, &hi);
		tflite_below(step - 1, rest, &lo, &hi);
	}
	if (lo > hi)
		return -1;
	to.m = near < lo ? lo : near > hi ? hi : near;
	to.s = S;
	return tflite_stair(&to, -bound) == tflite_stair(&f, -bound) &&
	       tflite_stair(&to, bound) == tflite_stair(&f, bound) ? to.m : -1;
}

/* Can all rows be brought to S? Returns the first that cannot, or n_out. m: their multipliers. */
static uint32_t tflite_rows_fit(const struct tflite_rows *r, int S, int64_t lo, int64_t hi,
				int64_t *m)
{
	struct tflite_stair f = { .lo = lo, .hi = hi };
	uint32_t o;

	for (o = 0; o < r->n_out; o++) {
		m[o] = f.m = r->m[o];
		f.s = r->s[o];
		if (!m[o] || f.s == S)
			continue;
		if (f.s < S && !tflite_row_lifts(r, o, S - f.s))
			return o;
		if (f.s > S)
			m[o] = tflite_row_lower(r, o, S, f);
		if (m[o] < 0)
			return o;
	}
	return o;
}

static int tflite_rows_check(struct tflite_ctx *c, struct tflite_rows *r, int *least, int *most)
{
	int64_t bound;
	uint32_t o;

	*most = *least = TFLITE_MIN_S;
	for (o = 0; o < r->n_out; o++) {
		bound = tflite_row_bound(r, o);
		if (bound > INT32_MAX)
			return tflite_fail(c,
					   "row %u: its sums could reach %lld, more than 2^31 - 1",
					   o, (long long)bound);
		if (bound * r->m[o] < 1LL << (r->s[o] - 1))	/* 0 in any case */
			r->m[o] = 0;
		if (r->m[o] && r->s[o] > *most)
			*most = r->s[o];
	}
	for (*least = *most, o = 0; o < r->n_out; o++)
		if (r->m[o] && r->s[o] < *least)
			*least = r->s[o];
	return 0;
}

int tflite_rows_level(struct tflite_ctx *c, struct tflite_rows *r, int32_t zp, int32_t lo,
		      int32_t hi, int *S)
{
	int64_t *m = util_alloc(r->n_out, sizeof(*m));
	uint32_t o = 0, bad = 0;
	int least, most, rc;

	rc = tflite_rows_check(c, r, &least, &most);
	for (*S = most; !rc && *S >= least; --*S) {
		o = tflite_rows_fit(r, *S, (int64_t)lo - zp, (int64_t)hi - zp, m);
		if (o == r->n_out)
			break;
		bad = *S == most ? o : bad;
	}
	if (!rc && *S < least)
		rc = tflite_fail(c, "row %u: its scale is 2^%d from another row's, too far for "
				 "one shift: quantise per tensor",
				 bad, most - r->s[bad]);
	for (o = 0; !rc && o < r->n_out; o++) {
		if (r->m[o] && r->s[o] < *S)
			tflite_row_lift(r, o, *S - r->s[o]);
		r->m[o] = m[o];
	}
	free(m);
	return rc;
}
