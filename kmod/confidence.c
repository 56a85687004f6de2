// SPDX-License-Identifier: GPL-2.0
#include "confidence.h"

#include "verdict.h"

#define LOGIT_ONE	65536

DEFINE_STATIC_KEY_FALSE(lf_confidence_key);

/* 65536 ln(p / (1 - p)), p = 0.50, 0.51, ... 0.99 */
static const s32 logit[LF_CONFIDENCE_MAX - 49] = {
	0, 2622, 5246, 7874, 10508, 13151, 15805, 18471, 21153, 23853,
	26573, 29315, 32083, 34879, 37707, 40569, 43470, 46412, 49399, 52437,
	55529, 58680, 61896, 65184, 68549, 71999, 75542, 79188, 82947, 86830,
	90852, 95028, 99375, 103916, 108674, 113679, 118967, 124581, 130576, 137019,
	143997, 151626, 160062, 169521, 180325, 192967, 208277, 227810, 255054, 301146,
};

static s64 margin_of(const struct lf_snapshot *snap, u8 percent)
{
	if (snap->meaning != LQ_MEANING_CLASS && percent)
		return S64_MAX;
	if (percent <= 50)
		return 0;
	return lf_steps_reaching(snap, 0, 1LL << 32, logit[percent - 50], LOGIT_ONE);
}

void lf_confidence_set(struct lf_confidence *c, const struct lf_snapshot *snap, u8 percent)
{
	c->votes = snap->votes;
	WRITE_ONCE(c->least, snap->votes ? percent : margin_of(snap, percent));
}
