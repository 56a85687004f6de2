// SPDX-License-Identifier: GPL-2.0
/*
 * A sender, its receiver and the path back.
 *
 * A flow has one event at a time, the earliest of: the next train may be sent, an ACK arrives, the
 * timeout. The ACK of the next train reports a train's losses, as those of three later packets
 * would; a flow without an ACK on its way waits for the timeout.
 */
#include <math.h>

#include "sim.h"

#define WINDOW_FIRST	10
#define TRAINS_INTERVAL	10	/* trains of a monitor interval */
#define TRAIN_MAX	2048
#define TIMEOUT_MIN	200000.0
#define BACKOFF_MAX	64
#define BURST_US	1000
#define BURST_MIN	2
#define BURST_MAX	45	/* of 64 KB */
#define WINDOW_LEAST	4

static bool windowed(const struct sim_flow *f)
{
	return f->kind == SIM_CUBIC || (f->kind == SIM_POLICY && f->rate.state == LF_RATE_COMPETE);
}

/* Packets that may be in flight. */
static u32 window(const struct sim_flow *f)
{
	if (f->kind == SIM_FIXED)
		return U32_MAX / 2;
	return windowed(f) ? f->window.cwnd : f->cwnd;
}

/* Linux paces CUBIC at twice its window per round trip in slow start, then at 1.2. */
static double pacing(const struct sim_flow *f)
{
	const struct sim_window *w = &f->window;

	if (f->kind == SIM_FIXED)
		return f->fixed;
	if (windowed(f))
		return (double)w->cwnd * SIM_MSS / f->srtt * (w->cwnd < w->ssthresh ? 2 : 1.2);
	return (double)f->rate.rate / 1e6;
}

/* A tenth of an interval's packets, but no lump that a short queue would notice. */
static u32 train_of(const struct sim_scene *s, const struct sim_flow *f, double rate)
{
	double n = rate * f->srtt / 2 / TRAINS_INTERVAL / SIM_MSS;

	return clamp_t(double, min_t(double, n, s->link.limit / SIM_MSS / 8), 1, TRAIN_MAX);
}

static struct sim_chunk *chunk_at(struct sim_scene *s, struct sim_flow *f, double now)
{
	return &f->chunks[(int)min_t(double, now / s->end * SIM_CHUNKS, SIM_CHUNKS - 1)];
}

/* --- sending --- */

static double return_time(struct sim_scene *s, struct sim_flow *f, double at, u32 packets)
{
	if (at >= SIM_NEVER)
		return at;
	f->pending++;
	return sim_path_ack(&f->path, at, packets, &s->rng);
}

/*
 * Linux sends bursts of what the pacing rate allows in a millisecond, at least two packets and at
 * most a super-packet; the module sends shorter ones.
 */
static double burst_of(const struct sim_flow *f)
{
	double burst = clamp_t(double, pacing(f) * BURST_US / SIM_MSS, BURST_MIN, BURST_MAX);

	return f->kind == SIM_POLICY && !windowed(f) ?
		       min_t(double, burst, lf_rate_burst(&f->rate, &f->history)) :
		       burst;
}

/* The time from a train's first burst to its last: between them the link serves others. */
static double spread_of(const struct sim_flow *f, u32 n)
{
	double burst = burst_of(f);

	return n > burst ? (n - burst) * SIM_MSS / pacing(f) : 0;
}

static void send(struct sim_scene *s, struct sim_flow *f, double now, u32 n)
{
	double spread = spread_of(f, n);
	struct sim_fate fate = sim_link_pass(&s->link, now, spread, n, &s->rng);
	struct sim_train *t = &f->trains[f->tail++ % SIM_TRAINS];
	struct sim_chunk *c = chunk_at(s, f, now);
	u32 again = min_t(u32, f->again, n);

	t->sent = now + spread;
	t->number = f->number;
	t->passed = fate.passed;
	t->missing = n - fate.passed;
	t->ack = return_time(s, f, fate.at, fate.passed);
	t->queueing = fate.at - t->sent;
	f->number += n;
	f->inflight += n;
	f->again -= again;
	f->totals.sent += n;
	f->totals.retrans += again;
	c->sent += n;
	c->lost += fate.dropped + fate.lost;
	c->dropped += fate.dropped;
}

/* The packets of the next train; 0 if the window has no room for one. */
static u32 may_send(const struct sim_scene *s, const struct sim_flow *f)
{
	u32 most = window(f), n;

	if (f->tail - f->head >= SIM_TRAINS)
		return 0;
	n = train_of(s, f, pacing(f));
	if (f->inflight + n <= most)
		return n;
	n = most > f->inflight ? most - f->inflight : 0;
	return !f->inflight || n >= most / 8 ? n : 0;
}

/* --- ACKs --- */

/* CUBIC's part of the caller, cubic.h. */
static void window_lost(struct sim_flow *f, const struct sim_train *t)
{
	struct sim_window *w = &f->window;

	if (t->number < w->recover)
		return;
	w->recover = f->number;
	w->ssthresh = lf_cubic_reduce(&w->cubic, w->cwnd);
	w->cwnd = w->ssthresh;
}

static void window_acked(struct sim_flow *f, const struct sim_train *t, double now, u32 rtt)
{
	struct sim_window *w = &f->window;

	lf_cubic_rtt(&w->cubic, rtt);
	if (t->number >= w->round) {
		if (lf_cubic_round(&w->cubic) && w->cwnd < w->ssthresh)
			w->ssthresh = w->cwnd;
		w->round = f->number;
	}
	if (t->number >= w->recover && f->inflight + t->passed + w->cwnd / 4 >= w->cwnd)
		w->cwnd = lf_cubic_acked(&w->cubic, w->cwnd, w->ssthresh, t->passed, now + 1,
					 f->srtt);
}

static void window_begins(struct sim_flow *f, u32 cwnd, u32 ssthresh)
{
	struct sim_window *w = &f->window;

	lf_cubic_init(&w->cubic);
	w->cwnd = max_t(u32, cwnd, 2);
	w->ssthresh = ssthresh;
	w->recover = f->number;
	w->round = f->number;
}

static void known_lost(struct sim_flow *f, const struct sim_train *t, u32 n)
{
	if (!n)
		return;
	f->totals.lost += n;
	f->again += n;
	f->inflight -= n;
	if (windowed(f))
		window_lost(f, t);
}

static void interval_ends(struct sim_scene *s, struct sim_flow *f, double now)
{
	struct lf_report rep;
	s32 action = 0;
	bool asks;

	lf_interval_end(&f->interval, now, &f->totals, &f->history, &rep);
	lf_history_push(&f->history, &rep.f);
	asks = lf_rate_asks(&f->rate, &rep, &f->config);
	if (asks)
		action = f->policy.act(f->policy.ctx, &f->history, f->preference);
	if (s->watch)
		s->watch(s->watch_ctx, f, now, &rep, action);
	f->was = f->rate.state;
	f->intervals++;
	f->state_intervals[f->was]++;
	lf_rate_step(&f->rate, &rep, action, f->srtt, &f->history, &f->config);
	if (f->rate.state == LF_RATE_COMPETE && f->was != LF_RATE_COMPETE)
		window_begins(f, (double)f->rate.rate / 1e6 * f->srtt / SIM_MSS,
			      lf_floor_seeks(&f->rate.floor) ? U32_MAX : 2);
	lf_interval_start(&f->interval, now, f->srtt, &f->totals);
}

static void count_delay(struct sim_scene *s, struct sim_flow *f, const struct sim_train *t,
			double now)
{
	struct sim_chunk *c = chunk_at(s, f, now);

	c->delivered += t->passed;
	c->queueing += t->queueing * t->passed;
	f->delays[(int)clamp_t(double, t->queueing / s->delay_max * SIM_BUCKETS, 0,
			       SIM_BUCKETS - 1)] += t->passed;
}

static void acked(struct sim_scene *s, struct sim_flow *f, const struct sim_train *t, double now)
{
	double rtt = now - t->sent;

	f->totals.delivered += t->passed;
	f->inflight -= t->passed;
	f->srtt = f->heard > f->start ? f->srtt + (rtt - f->srtt) / 8 : rtt;
	f->heard = now;
	f->backoff = 1;
	count_delay(s, f, t, now);
	if (windowed(f))
		window_acked(f, t, now, rtt);
	if (f->kind != SIM_POLICY)
		return;
	lf_interval_rtt(&f->interval, rtt, now);
	if (lf_interval_over(&f->interval, now, &f->totals))
		interval_ends(s, f, now);
	f->cwnd =
		min_t(u32, f->cwnd + t->passed, lf_rate_cwnd(&f->rate, &f->history, WINDOW_LEAST));
}

/* The first train of which an ACK comes, and those before it, which are lost. */
static void ack_event(struct sim_scene *s, struct sim_flow *f, double now)
{
	struct sim_train *t = &f->trains[f->head++ % SIM_TRAINS];

	known_lost(f, t, f->doubtful);
	f->doubtful = 0;
	while (t->ack >= SIM_NEVER) {
		known_lost(f, t, t->missing);
		t = &f->trains[f->head++ % SIM_TRAINS];
	}
	f->pending--;
	f->doubtful = t->missing;
	acked(s, f, t, now);
}

static void timeout_event(struct sim_flow *f, double now)
{
	f->totals.lost += f->inflight;
	f->again += f->inflight;
	f->inflight = 0;
	f->doubtful = 0;
	f->head = f->tail;
	f->timeouts++;
	f->backoff = min_t(double, f->backoff * 2, BACKOFF_MAX);
	f->heard = now;
	if (windowed(f)) {
		f->window.ssthresh = lf_cubic_reduce(&f->window.cubic, f->window.cwnd);
		lf_cubic_forget(&f->window.cubic);
		f->window.cwnd = 1;
		f->window.recover = f->number;
	}
	if (f->kind == SIM_POLICY)
		lf_rate_timeout(&f->rate, &f->config);
	f->pace = now;
}

/* --- events --- */

static double next_ack(const struct sim_flow *f)
{
	u32 i;

	if (!f->pending)
		return SIM_NEVER;
	for (i = f->head; f->trains[i % SIM_TRAINS].ack >= SIM_NEVER; i++)
		;
	return f->trains[i % SIM_TRAINS].ack;
}

static double timeout_at(const struct sim_flow *f)
{
	if (f->pending || !f->inflight)
		return SIM_NEVER;
	return f->heard + max_t(double, TIMEOUT_MIN, 2 * f->srtt) * f->backoff;
}

static void schedule(const struct sim_scene *s, struct sim_flow *f, double now)
{
	double at = min_t(double, next_ack(f), timeout_at(f));

	f->ready = now < f->stop ? may_send(s, f) : 0;
	if (f->ready)
		at = min_t(double, at, max_t(double, f->pace, now));
	f->next = at;
}

void sim_flow_begin(struct sim_scene *s, struct sim_flow *f)
{
	double now = f->start;

	f->begun = true;
	/* As the handshake would have found it. */
	f->srtt = f->path.base + sim_link_delay(&s->link, now);
	f->heard = now;
	f->pace = now;
	f->backoff = 1;
	lf_history_init(&f->history);
	lf_rate_init(&f->rate, WINDOW_FIRST, SIM_MSS, f->srtt);
	f->cwnd = WINDOW_FIRST;
	lf_interval_start(&f->interval, now, f->srtt, &f->totals);
	window_begins(f, WINDOW_FIRST, U32_MAX);
	schedule(s, f, now);
}

void sim_flow_event(struct sim_scene *s, struct sim_flow *f, double now)
{
	if (next_ack(f) <= now) {
		ack_event(s, f, now);
	} else if (now < f->stop && f->pace <= now && f->ready) {
		send(s, f, now, f->ready);
		f->pace = now + f->ready * SIM_MSS / pacing(f);
	} else if (timeout_at(f) <= now) {
		timeout_event(f, now);
	}
	schedule(s, f, now);
}
