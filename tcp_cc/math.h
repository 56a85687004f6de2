/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fixed point for the sources that module, simulator and unit tests share (interval, rate, cubic):
 * one real number is LF_ONE steps. No floating point; 64-bit divisions by the kernel's helpers,
 * which a host program gets from here.
 */
#ifndef LF_CC_MATH_H
#define LF_CC_MATH_H

#include <lq/types.h>

#ifdef __KERNEL__
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#else
static inline u64 div64_u64(u64 a, u64 b)
{
	return a / b;
}

static inline u64 div_u64(u64 a, u32 b)
{
	return a / b;
}
#define U64_MAX		UINT64_MAX
#define U32_MAX		UINT32_MAX
#define S32_MAX		INT32_MAX
#define S32_MIN		INT32_MIN
#define USEC_PER_SEC	1000000L
#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))
#define clamp(v, lo, hi) min(max(v, lo), hi)
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define clamp_t(t, v, lo, hi) clamp((t)(v), (t)(lo), (t)(hi))
#endif

#define LF_SHIFT	16
#define LF_ONE		(1 << LF_SHIFT)

/*
 * Bounds that keep every product below 2^63: rates up to 2^37 bytes/s (1.1 Tbit/s), times up to
 * 2^26 us (67 s), factors up to 2^10. What is greater is taken for these.
 */
#define LF_RATE_MAX	(1ull << 37)
#define LF_TIME_MAX	(1ull << 26)
#define LF_FACTOR_MAX	(1u << (LF_SHIFT + 10))

/* Bytes that @rate brings in @us. */
static inline u64 lf_bytes_in(u64 rate, u64 us)
{
	return div_u64(min_t(u64, rate, LF_RATE_MAX) * min_t(u64, us, LF_TIME_MAX), USEC_PER_SEC);
}

/* The rate of @bytes in @us; LF_RATE_MAX in no time. */
static inline u64 lf_rate_of(u64 bytes, u64 us)
{
	if (!us)
		return LF_RATE_MAX;
	return min_t(u64, div64_u64(min_t(u64, bytes, 1ull << 43) * USEC_PER_SEC, us), LF_RATE_MAX);
}

/* v * f for a rate and a factor in steps of LF_ONE. */
static inline u64 lf_scale(u64 v, u32 f)
{
	return min_t(u64, v, LF_RATE_MAX) * min_t(u32, f, LF_FACTOR_MAX) >> LF_SHIFT;
}

/* a / b in steps of LF_ONE, saturated at S32_MAX; a < 2^47; b > 0. */
static inline s32 lf_ratio(u64 a, u64 b)
{
	return min_t(u64, div64_u64(a << LF_SHIFT, b), S32_MAX);
}

#endif /* LF_CC_MATH_H */
