// SPDX-License-Identifier: GPL-2.0
/* Queue and noise; noise.h has the model. */
#include "noise.h"

#define NOISE_LEVELS	4
#define NOISE_SWINGS	2
#define NOISE_GRAINS	2
#define SWING_SHIFT	4	/* the greatest swing is forgotten by half in eleven intervals */
#define CHANGE_SHIFT	4

void lf_swing_start(struct lf_swing *s)
{
	memset(s, 0, sizeof(*s));
}

void lf_swing_sample(struct lf_swing *s, u32 rtt_us)
{
	if (!s->n++) {
		s->low = rtt_us;
		s->high = rtt_us;
	}
	s->low = min(s->low, rtt_us);
	s->high = max(s->high, rtt_us);
	s->rise = max(s->rise, rtt_us - s->low);
	s->fall = max(s->fall, s->high - rtt_us);
}

u32 lf_swing_of(const struct lf_swing *s)
{
	return min(s->rise, s->fall);
}

void lf_noise_init(struct lf_noise *n)
{
	memset(n, 0, sizeof(*n));
}

void lf_noise_rebase(struct lf_noise *n, u32 base_us)
{
	n->base_us = base_us;
	n->last_us = 0;
}

/* A single change counts for no more than a base: outages are no noise. */
static void learn(struct lf_noise *n, u32 swing_us, u32 level_us)
{
	u32 change = level_us > n->last_us ? level_us - n->last_us : n->last_us - level_us;

	n->swing_us -= (n->swing_us + (1 << SWING_SHIFT) - 1) >> SWING_SHIFT;
	n->swing_us = max(swing_us, n->swing_us);
	if (n->last_us) {
		change = min(change, n->base_us) << 4;
		n->change_us += ((s32)change - (s32)n->change_us) / (1 << CHANGE_SHIFT);
	}
	n->last_us = level_us;
}

struct lf_delay lf_noise_interval(struct lf_noise *n, const struct lf_swing *s, u32 mean_us,
				  u32 grain_us)
{
	u32 grain = min_t(u64, (u64)NOISE_GRAINS * grain_us, U32_MAX), swing = lf_swing_of(s);
	u32 above;
	struct lf_delay d;

	swing = swing > grain ? swing - grain : 0;
	d.level_us = max_t(u32, mean_us - min_t(u32, mean_us - min(mean_us, s->low), swing), 1);
	if (!n->base_us || d.level_us < n->base_us)
		n->base_us = d.level_us;
	learn(n, swing, d.level_us);
	d.noise_us = min_t(u64, (u64)n->change_us * NOISE_LEVELS >> 4,
			   (u64)n->swing_us * NOISE_SWINGS);
	d.swing_us = swing;
	d.recent_us = n->swing_us;
	above = d.level_us - n->base_us;
	d.queue_us = above > d.noise_us ? above - d.noise_us : 0;
	return d;
}
