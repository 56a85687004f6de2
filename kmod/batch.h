/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A slot's stream of samples for a trainer: what the model read and returned, and what became of
 * the flows. The layout of records is in spec/liteflow.yaml (batch).
 */
#ifndef LF_BATCH_H
#define LF_BATCH_H

#include "state.h"

#define LF_FLUSH_MS	100	/* the default */
#define LF_FLUSH_MIN	10
#define LF_FLUSH_MAX	10000

/* buffers per CPU, of 33 KB each */
#define LF_BUFFERS_MIN		2
/* the default: two generations fill one each while the worker sends one of each */
#define LF_BUFFERS		4
#define LF_BUFFERS_USER_MAX	64	/* without CAP_NET_ADMIN in the initial user namespace */
#define LF_BUFFERS_MAX		1024

#define LF_BUF_SAMPLES	8192	/* bytes; a record has at most 24 + 4 * (256 + 64) */
/* 256 outcomes: two buffers hold those of a table's first segment */
#define LF_BUF_OUTCOMES	12288
#define LF_BUF_REWARDS	128	/* samples with reward terms */

struct lf_sample {
	u64 time_ns;
	u64 flow;
	u32 packets;
	u8 attach;
	u8 reason;
	u16 class;
	s32 xy[];
};

struct lf_outcome {
	u64 time_ns;
	u64 flow;
	u64 bytes;
	u64 packets;
	u64 duration_us;
	u32 retrans;
	u16 class;
	u8 attach;
	u8 end;
};

/* One batch: records of one generation. */
struct lf_buf {
	u32 generation;
	u16 n_inputs, n_outputs;
	u8 hash[LQ_HASH_LEN];
	u32 samples_len, outcomes_len;
	u32 n_rewards;		/* samples that have them: none or all */
	u64 first_sample, first_outcome;	/* sequence numbers */
	u8 samples[LF_BUF_SAMPLES];
	u8 outcomes[LF_BUF_OUTCOMES];
	s32 rewards[LF_BUF_REWARDS][LQ_N_REWARDS];
	struct lf_label labels[LF_BUF_OUTCOMES / sizeof(struct lf_outcome)];
	u64 peers[LF_BUF_OUTCOMES / sizeof(struct lf_outcome)];
};

/* About a batch: where it comes from, and what was lost there so far. */
struct lf_batch_head {
	const char *slot;
	u32 cpu, seq;
	u64 lost_full, lost_memory;
};

struct batch_cpu;

struct lf_batches {
	u32 every;
	u32 flush_ms;		/* longest time that a record waits */
	u32 n_bufs;		/* per CPU */
	struct batch_cpu __percpu *cpu;
	struct delayed_work work;
	struct net *net;
	char slot[LITEFLOW_SLOT_NAME_LEN];

	/* From the moment that it ends: lf_mutex. */
	struct list_head in_ended;	/* on the list of whoever ends it */
	struct list_head in_slot;
	struct lf_slot *owner;		/* gets its counts; NULL: the slot is gone */
};

/*
 * Control. @every: one of how many inferences is sampled; not 0. @buffers: per CPU, LF_BUFFERS_MIN
 * to LF_BUFFERS_MAX. Sleeps: not under lf_mutex.
 */
struct lf_batches *lf_batches_create(struct net *net, const char *slot, u32 every, u32 buffers);
void lf_batches_set(struct lf_batches *b, u32 every);
void lf_batches_flush_set(struct lf_batches *b, u32 ms);
void lf_batches_count(const struct lf_batches *b, u64 *sent, u64 *lost);	/* adds */

/* No packet may find them any more. Sends what is left, which takes a while: not under lf_mutex. */
void lf_batches_stop(struct lf_batches *b);
void lf_batches_destroy(struct lf_batches *b);

/*
 * Packets: bottom halves off. @cc: congestion control features, for the reward terms; NULL for
 * packets. Returns true if this inference was sampled.
 */
bool lf_batch_sample(struct lf_batches *b, const struct lf_gen *gen, u8 attach,
		     const struct lf_verdict *v, const s32 *x, const s32 *y, const s32 *cc);
/*
 * Process context: can this CPU take the outcomes of a few more flows? If not, the worker is called
 * to send what there is.
 */
bool lf_batch_room(struct lf_batches *b);

void lf_batch_outcome(struct lf_batches *b, const struct lf_gen *gen, const struct lf_outcome *o,
		      const struct lf_label *label, u64 peer);

#endif /* LF_BATCH_H */
