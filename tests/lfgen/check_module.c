// SPDX-License-Identifier: GPL-2.0
/*
 * The C of `lfgen module` against the engine: 20,000 random rows, half of them within the
 * calibrated ranges, half of any s32. Compiled together with the generated file; MODULE is its
 * name.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lfs.h"
#include "net.h"

#define ROWS		20000
#define JOIN2(a, b)	a##b
#define JOIN(a, b)	JOIN2(a, b)
#define RUN		JOIN(MODULE, _run)
#define FILE_BYTES	JOIN(MODULE, _file)
#define FILE_LEN	JOIN(MODULE, _len)

extern const u8 FILE_BYTES[];
extern const size_t FILE_LEN;
void RUN(const s32 *x, s32 *y, struct lq_scratch *scratch);

static s32 random_feature(const struct plan_input *in, u64 *rng, u32 row)
{
	u64 r = test_random(rng);

	if (row % 2 || in->cal_hi <= in->cal_lo)
		return (s32)r;
	return in->cal_lo + (s64)(r % (u64)((s64)in->cal_hi - in->cal_lo + 1));
}

int main(void)
{
	static struct lq_scratch scratch;
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS], z[LQ_MAX_OUTPUTS];
	struct graph_err err;
	u64 rng = 99;
	struct lfs m;
	u32 r, i;

	if (lfs_load(&m, FILE_BYTES, FILE_LEN, "module", &err)) {
		printf("%s\n", err.msg);
		return 1;
	}
	for (r = 0; r < ROWS; r++) {
		for (i = 0; i < m.info.n_inputs; i++) {
			struct plan_input in = lfs_input(&m, i);

			x[i] = random_feature(&in, &rng, r);
		}
		RUN(x, y, &scratch);
		lfs_infer(&m, LQ_PATH_PLAIN, x, z);
		if (memcmp(y, z, m.info.n_outputs * sizeof(s32))) {
			printf("row %u differs\n", r);
			return 1;
		}
	}
	lfs_free(&m);
	return 0;
}
