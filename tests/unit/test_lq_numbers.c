// SPDX-License-Identifier: GPL-2.0
/*
 * The arithmetic of <lq/kernels.h>, each kernel against 128-bit integers, and the environment's
 * sums.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lq_build.h"

typedef __int128 big;

static const s32 edges[] = {
	0, 1, 2, 3, 127, 128, 32767, 65535, 1 << 30, (1 << 30) + 1, INT32_MAX - 1, INT32_MAX
};

static big floor_shift(big v, u32 n)
{
	big d = (big)1 << n;

	return v / d - (v % d < 0);
}

static big clamp(big v, big lo, big hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static void check_requant(u32 S, s32 acc, s32 m, s32 zp, s32 lo, s32 hi)
{
	struct lq_stage st = { .S = (u8)S, .zp = zp, .lo = lo - zp, .hi = hi - zp };
	big want = clamp(floor_shift((big)acc * m + ((big)1 << (S - 1)), S) + zp, lo, hi);

	if (lq_requant(&st, acc, m) != (s16)want)
		fail_msg("S %u, acc %d, m %d, zp %d, %d .. %d: %d, expected %d", S, acc, m, zp, lo,
			 hi, lq_requant(&st, acc, m), (int)want);
}

static void test_requant_edges(void **state)
{
	static const s32 clamps[][2] = { { -32767, 32767 },
					 { -128, 127 },
					 { 0, 0 },
					 { 32767, 32767 } };
	static const s32 zps[] = { 0, 1, -1, 127, -32768, 32767 };
	u32 S, a, m, z, c;

	(void)state;
	for (S = 31; S <= 62; S++)
		for (a = 0; a < ARRAY_SIZE(edges); a++)
			for (m = 0; m < ARRAY_SIZE(edges); m++)
				for (z = 0; z < ARRAY_SIZE(zps); z++)
					for (c = 0; c < ARRAY_SIZE(clamps); c++) {
						const s32 lo = clamps[c][0], hi = clamps[c][1];

						check_requant(S, edges[a], edges[m], zps[z], lo,
							      hi);
						check_requant(S, -edges[a], edges[m], zps[z], lo,
							      hi);
					}
}

static void test_requant_random(void **state)
{
	struct lq_rng r = { 3 };
	u32 k;

	(void)state;
	for (k = 0; k < 2000000; k++) {
		u32 S = 31 + rng_below(&r, 32);
		s32 m = (s32)(rng_u64(&r) >> 33 >> rng_below(&r, 31));
		s32 acc = (s32)rng_range(&r, -INT32_MAX, INT32_MAX) >> rng_below(&r, 31);
		s32 lo = (s32)rng_range(&r, -32767, 32767);

		check_requant(S, acc, m, (s32)rng_range(&r, -32768, 32767), lo,
			      (s32)rng_range(&r, lo, 32767));
	}
}

static void test_quantise(void **state)
{
	struct lq_rng r = { 4 };
	u32 k;

	(void)state;
	for (k = 0; k < 1000000; k++) {
		u32 S = rng_below(&r, 62);
		s32 m = (s32)(rng_u64(&r) >> 33 >> rng_below(&r, 31)), f = rng_feature(&r);
		s64 half = S ? 1ll << (S - 1) : 0, room = (1ll << 62) - half - ((s64)m << 31) - 1,
		    off;
		struct lq_quant q = { .m = m,
				      .S = S,
				      .lo = -32767,
				      .hi = (s16)rng_range(&r, -32767, 32767) };

		if (room < 0)
			continue;
		off = rng_range(&r, -room, room) >> rng_below(&r, 62);
		q.off = off + half;
		assert_int_equal(lq_quantise(&q, f),
				 (s16)clamp(floor_shift((big)f * m + off + half, S), q.lo, q.hi));
	}
}

static void test_curve(void **state)
{
	struct lq_rng r = { 5 };
	u32 sh, k;
	s32 y;

	(void)state;
	for (sh = 0; sh <= 8; sh++) {
		static u32 seg[65536];
		struct lq_curve c = { .seg = seg, .t_lo = -1000, .sh = sh };

		for (k = 0; k <= 2000u >> sh; k++)
			seg[k] = (u16)(s16)rng_range(&r, -32000, 32000) |
				 (u32)(s16)rng_range(&r, -700, 700) << 16;
		for (y = -1000; y <= 1000; y++) {
			u32 e = seg[(u32)(y + 1000) >> sh], frac = (u32)(y + 1000) % (1u << sh);
			big want =
				floor_shift((big)(s16)e * (1 << sh) + (big)((s32)e >> 16) * frac +
						    ((1 << sh) >> 1),
					    sh);

			assert_int_equal(lq_curve_at(&c, y), (s16)want);
		}
	}
}

static void test_argmax(void **state)
{
	static const struct {
		s32 y[4];
		u32 n, at;
		s32 margin;
	} rows[] = {
		{ { 5 }, 1, 0, INT32_MAX },
		{ { 1, 1, 1, 1 }, 4, 0, 0 },
		{ { 1, 2, 3, 4 }, 4, 3, 1 },
		{ { 4, 3, 2, 1 }, 4, 0, 1 },
		{ { -7, 9, 9, 0 }, 4, 1, 0 },
		{ { -7, 0, 9, 1 }, 4, 2, 8 },
		{ { INT32_MIN, INT32_MAX }, 2, 1, INT32_MAX },
		{ { INT32_MAX, INT32_MIN, -1 }, 3, 0, INT32_MAX },
		{ { INT32_MIN, INT32_MIN }, 2, 0, 0 },
		{ { INT32_MAX, -1 }, 2, 0, INT32_MAX },
	};
	s32 margin;
	u32 k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(rows); k++) {
		if (lq_argmax(rows[k].y, rows[k].n, &margin) != rows[k].at ||
		    margin != rows[k].margin)
			fail_msg("row %u: %u, margin %d", k,
				 lq_argmax(rows[k].y, rows[k].n, &margin), margin);
	}
}

static void test_sums(void **state)
{
	static const u8 abc[LQ_HASH_LEN] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	u8 zeros[32] = { 0 }, hash[LQ_HASH_LEN];

	(void)state;
	/* the check value of CRC-32C */
	assert_int_equal(~lq_crc32c(~0u, "123456789", 9), 0xe3069283);
	assert_int_equal(~lq_crc32c(~0u, zeros, 32), 0x8a9136aa);	/* RFC 3720 B.4 */
	lq_sha256("abc", 3, hash);
	assert_memory_equal(hash, abc, LQ_HASH_LEN);			/* FIPS 180-4 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requant_edges),
		cmocka_unit_test(test_requant_random),
		cmocka_unit_test(test_quantise),
		cmocka_unit_test(test_curve),
		cmocka_unit_test(test_argmax),
		cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests_name("lq_numbers", tests, NULL, NULL);
}
