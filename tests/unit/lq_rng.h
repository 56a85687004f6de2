/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers for tests (splitmix64): the same from the same state. */
#ifndef LQ_RNG_H
#define LQ_RNG_H

#include <lq/lq.h>

struct lq_rng {
	u64 state;
};

static inline u64 rng_u64(struct lq_rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* 0 .. n - 1 */
static inline u32 rng_below(struct lq_rng *r, u32 n)
{
	return (u32)(rng_u64(r) % n);
}

/* lo .. hi, both included */
static inline s64 rng_range(struct lq_rng *r, s64 lo, s64 hi)
{
	return lo + (s64)(rng_u64(r) % ((u64)hi - (u64)lo + 1));
}

/* A feature: often an extreme or near 0, else anything. */
static inline s32 rng_feature(struct lq_rng *r)
{
	static const s32 special[] = { INT32_MIN, INT32_MAX, 0, -1, 1, 65536, -65536 };

	switch (rng_below(r, 5)) {
	case 0:
		return special[rng_below(r, ARRAY_SIZE(special))];
	case 1:
		return (s32)rng_range(r, -8, 8);
	case 2:
		return (s32)rng_range(r, -40000, 40000);
	default:
		return (s32)rng_u64(r) >> rng_below(r, 32);
	}
}

#endif /* LQ_RNG_H */
