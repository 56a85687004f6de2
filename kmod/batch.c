// SPDX-License-Identifier: GPL-2.0
/*
 * Batches of samples. Each slot has a ring of buffers per CPU: packets fill some while a worker
 * sends those before them. A buffer has records of one generation, and where several serve new
 * flows (a split) one is being filled for each. Packets never allocate and never wait: if all
 * buffers are in use, the record is lost and counted. Their number determines how long the worker
 * may be kept off a CPU. A table whose flows all end, in a worker, waits for room
 * (lf_outcome_pause()).
 *
 *	a record comes		into the buffer that is filled for its generation, or the next of
 *				the ring; that makes the worker due in `flush`
 *	buffer full		nothing more is written to it, the worker is due now
 *	the worker runs		takes each CPU's buffers, oldest first, and multicasts them
 *
 * `used` buffers from `send` on hold records, in the order of their beginning; the others are
 * empty.
 *
 * Batches are numbered per CPU, records per CPU and generation, so a listener sees what it missed.
 * While nobody listens, nothing is recorded.
 */
#include "batch.h"

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "netlink.h"

struct batch_cpu {
	u32 count;		/* inferences since the last sampled one; by this_cpu_*() only */
	spinlock_t lock;	/* for all below; taken by packets of this CPU and the worker */
	u32 seq;		/* of the next batch */
	u64 sent;		/* records */
	u64 lost_full, lost_memory;	/* all buffers in use; no memory for the message */
	/* by the generation's place */
	struct batch_place {
		u64 samples, outcomes;	/* numbers of the next ones; lost ones have numbers too */
		struct lf_buf *open;	/* is being filled, or NULL */
	} place[LF_GENERATIONS];
	u32 send, used;
	struct lf_buf **buf;
};

static u32 buf_samples(const struct lf_buf *buf)
{
	return buf->samples_len / (sizeof(struct lf_sample) + 4 * (buf->n_inputs + buf->n_outputs));
}

static u32 buf_outcomes(const struct lf_buf *buf)
{
	return buf->outcomes_len / sizeof(struct lf_outcome);
}

static u32 buf_records(const struct lf_buf *buf)
{
	return buf_samples(buf) + buf_outcomes(buf);
}

/* Records of a buffer have consecutive numbers: after a lost one, another buffer begins. */
static bool buf_follows(const struct lf_buf *buf, const struct batch_place *p)
{
	if (buf->samples_len && buf->first_sample + buf_samples(buf) != p->samples)
		return false;
	return !buf->outcomes_len || buf->first_outcome + buf_outcomes(buf) == p->outcomes;
}

/* Does it have room for that much more? */
static bool buf_fits(const struct lf_buf *buf, u32 samples, u32 outcomes, bool rewards)
{
	if ((rewards || buf->n_rewards) && samples && buf_samples(buf) >= LF_BUF_REWARDS)
		return false;
	return buf->samples_len + samples <= LF_BUF_SAMPLES &&
	       buf->outcomes_len + outcomes <= LF_BUF_OUTCOMES;
}

static void buf_begin(struct lf_buf *buf, const struct lf_gen *gen)
{
	buf->generation = gen->number;
	buf->n_inputs = gen->snap->n_inputs;
	buf->n_outputs = gen->snap->n_outputs;
	memcpy(buf->hash, gen->snap->info.hash, LQ_HASH_LEN);
}

/* The next of the ring, or NULL: all are in use. */
static struct lf_buf *buf_next(struct lf_batches *b, struct batch_cpu *c)
{
	u32 i = c->send + c->used;

	if (c->used == b->n_bufs)
		return NULL;
	c->used++;
	return c->buf[i < b->n_bufs ? i : i - b->n_bufs];
}

/* A buffer with room for so many more bytes of this generation; NULL if the record is lost. */
static struct lf_buf *buf_for(struct lf_batches *b, struct batch_cpu *c, const struct lf_gen *gen,
			      u32 samples, u32 outcomes, bool rewards)
{
	struct batch_place *p = &c->place[gen->place];
	unsigned long delay = msecs_to_jiffies(READ_ONCE(b->flush_ms));

	lockdep_assert_held(&c->lock);
	if (p->open) {
		if (p->open->generation == gen->number && buf_follows(p->open, p) &&
		    buf_fits(p->open, samples, outcomes, rewards))
			return p->open;
		delay = 0;
	}
	p->open = buf_next(b, c);
	if (p->open && delay)
		queue_delayed_work(lf_wq, &b->work, delay);
	else
		mod_delayed_work(lf_wq, &b->work, 0);
	if (p->open)
		buf_begin(p->open, gen);
	return p->open;
}

/*
 * The reward terms of the sample to be written next. Packets have none; in a batch with others,
 * theirs are zeros.
 */
static void rewards_write(struct lf_buf *buf, const s32 *cc)
{
	static const u8 ids[] = { LQ_REWARDS(LQ_REWARD_ID) };
	u32 n = buf_samples(buf), i;

	if (!cc && !buf->n_rewards)
		return;
	memset(buf->rewards[buf->n_rewards], 0, (n + 1 - buf->n_rewards) * sizeof(buf->rewards[0]));
	for (i = 0; cc && i < LQ_N_REWARDS; i++)
		buf->rewards[n][i] = cc[ids[i] - LQ_F_CC_LATENCY_INFLATION_0];
	buf->n_rewards = n + 1;
}

static void sample_write(struct lf_buf *buf, u8 attach, const struct lf_verdict *v, const s32 *x,
			 const s32 *y, const s32 *cc)
{
	struct lf_sample *s = (struct lf_sample *)(buf->samples + buf->samples_len);

	BUILD_BUG_ON(sizeof(*s) != 24);
	rewards_write(buf, cc);
	s->time_ns = ktime_get_real_ns();
	s->flow = v->flow;
	s->packets = min_t(u64, v->flow_packets, U32_MAX);
	s->attach = attach;
	s->reason = v->reason;
	s->class = v->class;
	memcpy(s->xy, x, 4 * buf->n_inputs);
	memcpy(s->xy + buf->n_inputs, y, 4 * buf->n_outputs);
	buf->samples_len += sizeof(*s) + 4 * (buf->n_inputs + buf->n_outputs);
}

/* Is it time for a sample, one of every b->every inferences? Counted per CPU, in whichever task. */
static bool is_due(struct lf_batches *b)
{
	u32 n = this_cpu_inc_return(b->cpu->count);

	return n >= READ_ONCE(b->every) && this_cpu_cmpxchg(b->cpu->count, n, 0) == n;
}

bool lf_batch_sample(struct lf_batches *b, const struct lf_gen *gen, u8 attach,
		     const struct lf_verdict *v, const s32 *x, const s32 *y, const s32 *cc)
{
	u32 size = sizeof(struct lf_sample) + 4 * (gen->snap->n_inputs + gen->snap->n_outputs);
	struct batch_cpu *c = this_cpu_ptr(b->cpu);
	struct lf_buf *buf;

	if (!is_due(b) || !lf_nl_listening(b->net))
		return false;
	spin_lock(&c->lock);
	buf = buf_for(b, c, gen, size, 0, cc);
	if (buf && !buf->samples_len)
		buf->first_sample = c->place[gen->place].samples;
	if (buf)
		sample_write(buf, attach, v, x, y, cc);
	else
		c->lost_full++;
	c->place[gen->place].samples++;
	spin_unlock(&c->lock);
	return true;
}

static void outcome_write(struct lf_buf *buf, const struct lf_outcome *o,
			  const struct lf_label *label, u64 peer)
{
	buf->labels[buf_outcomes(buf)] = *label;
	buf->peers[buf_outcomes(buf)] = peer;
	memcpy(buf->outcomes + buf->outcomes_len, o, sizeof(*o));
	buf->outcomes_len += sizeof(*o);
}

void lf_batch_outcome(struct lf_batches *b, const struct lf_gen *gen, const struct lf_outcome *o,
		      const struct lf_label *label, u64 peer)
{
	struct batch_cpu *c = this_cpu_ptr(b->cpu);
	struct lf_buf *buf;

	BUILD_BUG_ON(sizeof(*o) != 48 || sizeof(*label) != 24);
	if (!lf_nl_listening(b->net))
		return;
	spin_lock(&c->lock);
	buf = buf_for(b, c, gen, 0, sizeof(*o), false);
	if (buf && !buf->outcomes_len)
		buf->first_outcome = c->place[gen->place].outcomes;
	if (buf)
		outcome_write(buf, o, label, peer);
	else
		c->lost_full++;
	c->place[gen->place].outcomes++;
	spin_unlock(&c->lock);
}

bool lf_batch_room(struct lf_batches *b)
{
	struct batch_cpu *c;
	bool room;

	local_bh_disable();
	c = this_cpu_ptr(b->cpu);
	spin_lock(&c->lock);
	room = c->used < b->n_bufs;
	spin_unlock(&c->lock);
	local_bh_enable();
	if (!room)
		mod_delayed_work(lf_wq, &b->work, 0);
	return room;
}

/*
 * The worker's side. The buffer that it sends is filled for no generation any more, so nobody else
 * writes to it meanwhile.
 */
static void buf_send(struct lf_batches *b, int cpu, struct lf_buf *buf)
{
	struct batch_cpu *c = per_cpu_ptr(b->cpu, cpu);
	struct lf_batch_head head = { .slot = b->slot, .cpu = cpu };
	u32 n = buf_records(buf);
	int rc;

	spin_lock_bh(&c->lock);
	head.seq = c->seq++;
	head.lost_full = c->lost_full;
	head.lost_memory = c->lost_memory;
	spin_unlock_bh(&c->lock);
	rc = lf_nl_batch(b->net, &head, buf);
	spin_lock_bh(&c->lock);
	buf->samples_len = 0;
	buf->outcomes_len = 0;
	buf->n_rewards = 0;
	c->send = c->send + 1 < b->n_bufs ? c->send + 1 : 0;
	c->used--;
	if (rc)
		c->lost_memory += n;
	else
		c->sent += n;
	spin_unlock_bh(&c->lock);
}

/* The oldest buffer with records, to which packets write no longer; NULL if there is none. */
static struct lf_buf *buf_oldest(struct batch_cpu *c)
{
	struct lf_buf *buf = NULL;
	int i;

	spin_lock_bh(&c->lock);
	if (c->used)
		buf = c->buf[c->send];
	for (i = 0; i < LF_GENERATIONS; i++)
		if (c->place[i].open == buf)
			c->place[i].open = NULL;
	spin_unlock_bh(&c->lock);
	return buf;
}

/* Each buffer once at most: packets that fill them as fast must not keep the worker here. */
static void buffers_flush(struct lf_batches *b, int cpu)
{
	struct batch_cpu *c = per_cpu_ptr(b->cpu, cpu);
	struct lf_buf *buf;
	u32 i;

	for (i = 0; i < b->n_bufs; i++) {
		buf = buf_oldest(c);
		if (!buf)
			return;
		buf_send(b, cpu, buf);
	}
}

static void batch_flush(struct work_struct *work)
{
	struct lf_batches *b = container_of(to_delayed_work(work), struct lf_batches, work);
	int cpu;

	for_each_possible_cpu(cpu)
		buffers_flush(b, cpu);
}

static int buffers_init(struct batch_cpu *c, u32 n)
{
	u32 i;

	spin_lock_init(&c->lock);
	c->buf = kvcalloc(n, sizeof(*c->buf), GFP_KERNEL_ACCOUNT);
	if (!c->buf)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		c->buf[i] = kvzalloc(sizeof(*c->buf[i]), GFP_KERNEL_ACCOUNT);
		if (!c->buf[i])
			return -ENOMEM;
	}
	return 0;
}

static void buffers_free(struct batch_cpu *c, u32 n)
{
	u32 i;

	for (i = 0; c->buf && i < n; i++)
		kvfree(c->buf[i]);
	kvfree(c->buf);
}

void lf_batches_destroy(struct lf_batches *b)
{
	int cpu;

	for_each_possible_cpu(cpu)
		buffers_free(per_cpu_ptr(b->cpu, cpu), b->n_bufs);
	free_percpu(b->cpu);
	kfree(b);
}

struct lf_batches *lf_batches_create(struct net *net, const char *slot, u32 every, u32 buffers)
{
	struct lf_batches *b = kzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);
	int cpu;

	if (!b)
		return NULL;
	b->cpu = alloc_percpu_gfp(struct batch_cpu, GFP_KERNEL_ACCOUNT);
	if (!b->cpu) {
		kfree(b);
		return NULL;
	}
	b->n_bufs = buffers;
	for_each_possible_cpu(cpu) {
		if (buffers_init(per_cpu_ptr(b->cpu, cpu), buffers)) {
			lf_batches_destroy(b);
			return NULL;
		}
	}
	INIT_DELAYED_WORK(&b->work, batch_flush);
	b->every = every;
	b->flush_ms = LF_FLUSH_MS;
	b->net = net;
	strscpy(b->slot, slot, sizeof(b->slot));
	return b;
}

void lf_batches_set(struct lf_batches *b, u32 every)
{
	WRITE_ONCE(b->every, every);
}

/* Records that are waiting already are sent at their old time. */
void lf_batches_flush_set(struct lf_batches *b, u32 ms)
{
	WRITE_ONCE(b->flush_ms, ms);
}

void lf_batches_stop(struct lf_batches *b)
{
	cancel_delayed_work_sync(&b->work);
	batch_flush(&b->work.work);
}

void lf_batches_count(const struct lf_batches *b, u64 *sent, u64 *lost)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct batch_cpu *c = per_cpu_ptr(b->cpu, cpu);

		spin_lock_bh(&c->lock);
		*sent += c->sent;
		*lost += c->lost_full + c->lost_memory;
		spin_unlock_bh(&c->lock);
	}
}
