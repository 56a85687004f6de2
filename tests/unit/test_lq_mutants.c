// SPDX-License-Identifier: GPL-2.0
/*
 * Random damage with hash and checksum made right again: each mutant is refused with a sentence, or
 * runs equal on every path. LQ_MUTANTS=n makes it longer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lq_build.h"
#include "lq_try.h"

#define MODELS	40
#define MODEL_BYTES	20000	/* at most */

static void flip(struct lq_rng *r, u8 *file, size_t len)
{
	size_t at = rng_below(r, 3) ? rng_below(r, (u32)len) :
				      rng_below(r, (u32)(len < 1024 ? len : 1024));

	switch (rng_below(r, 4)) {
	case 0:
		file[at] = (u8)rng_u64(r);
		break;
	case 1:
		file[at] = (u8)(rng_below(r, 2) ? 0xff : 0);
		break;
	case 2:
		file[at]++;
		break;
	default:
		file[at] ^= (u8)(1u << rng_below(r, 8));
	}
}

static void test_mutants(void **state)
{
	const char *env = getenv("LQ_MUTANTS");
	u32 n = env ? (u32)atoi(env) : LQ_SHARE(20000), k, flips, taken = 0, refused = 0;
	struct lq_rng r = { 10 };
	u8 *file[MODELS];
	size_t len[MODELS];

	(void)state;
	for (k = 0; k < MODELS; k++)
		file[k] = random_model(&r, k, MODEL_BYTES, &len[k]);
	for (k = 0; k < n; k++) {
		u32 m = rng_below(&r, 2) ? rng_below(&r, 2) : rng_below(&r, MODELS);
		u8 *copy = malloc(len[m]);

		memcpy(copy, file[m], len[m]);
		for (flips = 1 + rng_below(&r, 3); flips; flips--)
			flip(&r, copy, len[m]);
		lq_try_seal(copy, len[m]);
		if (lq_try(copy, len[m], k))
			refused++;
		else
			taken++;
		free(copy);
	}
	for (k = 0; k < MODELS; k++)
		free(file[k]);
	print_message("%u mutants: %u refused, %u accepted and equal on all paths\n", n, refused,
		      taken);
	assert_true(taken > n / 20 && refused > n / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutants),
	};

	return cmocka_run_group_tests_name("lq_mutants", tests, NULL, NULL);
}
