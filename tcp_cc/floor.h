/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A floor under every policy: where its evidence is weak, it must prove that it gets as much as
 * loss-based control.
 *
 * One source for tcp_liteflow.ko, the link simulator that trains policies, and the unit tests.
 *
 * A policy depends on delays. Where they swing for reasons other than a queue, it may starve, and
 * no model of the noise (noise.h) rules that out: whatever the model covers, other noise is
 * possible. Loss-based control ignores delays, and what it gets can be measured. So the two take
 * turns, in epochs of LF_FLOOR_EPOCH intervals, two round trips:
 *
 *	doubt		an epoch is in doubt if samples swing by more than a 32nd of the base RTT
 *			in half of its intervals. Less does not mislead a policy, and a queue of
 *			the connection's own hardly turns within half a round trip. Without doubt
 *			nothing happens; and after four such epochs, what the policy gets becomes
 *			the reference for later
 *	policy's turn	ends as soon as it had less than 15/16 of what loss-based control had: it
 *			has failed. Also after `wait` epochs, all in doubt, since what loss-based
 *			control would get now is unknown. Either takes two consecutive epochs in
 *			doubt
 *	loss-based turn	CUBIC, from the greater of both rates; in slow start if there was no such
 *			turn before. It lasts `stay` epochs, and on while it finds an eighth more
 *			per epoch. It ends early if it gets less than the policy had, as with
 *			random losses: by an eighth in 16 epochs, or less than half in four. Or,
 *			if no policy has failed, when it sees no doubt: a false alarm, the delay
 *			is a queue and not noise
 *
 * What a turn had is the mean of its epochs by bytes and time; the older an epoch, the less it
 * counts, by a quarter each. So a single stalled or compressed epoch moves it by a quarter.
 *
 * The turns become longer when they change nothing: `stay` is STAY_FAILED once the policy has
 * failed, doubles each time, and is halved when the policy has stood a whole turn. `wait` doubles
 * each time that loss-based control had no more than 9/8 of what the policy had, and is as long as
 * it can be where the policy had more than 9/8 of what loss-based control had.
 *
 * The bound. Let loss-based control get C. A policy that gets nothing is detected after the two
 * epochs that doubt takes; the handover takes half an epoch more. A policy that gets
 * 1 - d of C is detected when d * (1 - 0.75^n) > 1/16, before it has lost more than these two
 * epochs below 15/16 * C. Then loss-based control has 64 epochs at least. So once the policy has
 * failed for the first time the connection gets
 *
 *	15/16 * 64 / (64 + 2.5) = 0.90
 *
 * of C or more, whatever the noise and the policy are. C is what CUBIC gets when it begins at the
 * mean rate of the turn before. The turns before that are short: two epochs of the policy, then 16
 * at least of loss-based control. build/sim/noisy -r measures the whole, with start-up.
 *
 * Orca (Abbasloo et al., SIGCOMM 2020) runs CUBIC beneath the learned control at all times; taking
 * turns, each can be measured alone.
 *
 * Not covered: noise that swings by less than a 32nd of the RTT yet misleads, and noise so slow
 * that it does not turn within an interval.
 */
#ifndef LF_FLOOR_H
#define LF_FLOOR_H

#include "interval.h"

#define LF_FLOOR_EPOCH	4	/* intervals */

enum lf_floor_verdict {
	LF_FLOOR_GO_ON,
	LF_FLOOR_CHANGE,	/* the other has its turn */
};

struct lf_floor {
	u64 bytes, us;		/* of this turn, the older the less */
	u64 policy;		/* bytes/s that the policy had last, or has; 0: unknown */
	u64 loss_based;		/* what loss-based control had, or would have; 0: unknown */
	u16 age;		/* epochs of this turn; of a policy's those on end in doubt */
	u16 wait, stay;		/* epochs of a policy's and of a loss-based turn */
	u8 intervals;		/* of this epoch */
	u8 noisy;		/* of them */
	u8 calm;		/* epochs on end without doubt, saturated */
	bool competes;		/* loss-based control has its turn */
};

void lf_floor_init(struct lf_floor *f);

/* Have recent samples swung by more than a queue does? */
bool lf_floor_noisy(const struct lf_report *rep);

/* An interval ends; @mss: bytes of a packet. One that the program limited says nothing. */
enum lf_floor_verdict lf_floor_step(struct lf_floor *f, const struct lf_report *rep, u32 mss);

/* A turn begins. */
void lf_floor_turn(struct lf_floor *f, bool competes);

/* The greater of what both had, bytes/s: where a turn begins. */
u64 lf_floor_rate(const struct lf_floor *f);

/* Is this a loss-based turn that searches for the path's rate in slow start? */
static inline bool lf_floor_seeks(const struct lf_floor *f)
{
	return f->competes && !f->loss_based;
}

#endif /* LF_FLOOR_H */
