/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sample stream, decoded: batches of records as spec/liteflow.yaml lays them out. Every length
 * is checked, since the module may have another version. Nothing is copied: a batch points into the
 * message.
 */
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lq/features.h>
#include <lq/format.h>

struct nlmsghdr;

/* Fixed parts of the packed records, in the host's byte order. */
struct batch_sample {
	uint64_t time_ns;
	uint64_t flow;
	uint32_t packets;
	uint8_t attach;
	uint8_t reason;
	uint16_t class;		/* BATCH_NO_CLASS for values */
} __attribute__((__packed__));

struct batch_outcome {
	uint64_t time_ns;
	uint64_t flow;
	uint64_t bytes;
	uint64_t packets;
	uint64_t duration_us;
	uint32_t retrans;
	uint16_t class;
	uint8_t attach;
	uint8_t end;
} __attribute__((__packed__));

/* The values of the flow's latest packet. */
struct batch_label {
	uint64_t cgroup;
	uint32_t mark;
	uint32_t ct_mark;
	uint32_t priority;
	uint8_t dscp;
	uint8_t zero[3];
} __attribute__((__packed__));

#define BATCH_NO_CLASS	0xffff

struct batch {
	char slot[LQ_NAME_LEN];
	uint8_t hash[LQ_HASH_LEN];
	uint32_t generation;
	uint32_t cpu;
	uint32_t seq;
	uint64_t lost;
	uint32_t n_inputs;
	uint32_t n_outputs;
	uint32_t n_samples;
	uint32_t n_outcomes;
	bool rewarded;		/* every sample has reward terms */
	uint32_t n_rewards;	/* as many as the module has, at least LQ_N_REWARDS */
	const uint8_t *samples;
	const uint8_t *outcomes;
	const uint8_t *rewards;
	const uint8_t *labels;	/* of the outcomes, or NULL: an older module */
	const uint8_t *peers;	/* likewise */
};

/* Returns 0; 1 if the message is not a batch; -1 if it is malformed. */
int batch_parse(const struct nlmsghdr *nlh, struct batch *b);

/* i < n_samples; x and y have room for n_inputs and n_outputs. */
void batch_sample(const struct batch *b, uint32_t i, struct batch_sample *s, int32_t *x,
		  int32_t *y);

/* i < n_samples, of a rewarded batch. */
void batch_rewards(const struct batch *b, uint32_t i, int32_t r[LQ_N_REWARDS]);

/* i < n_outcomes */
void batch_outcome(const struct batch *b, uint32_t i, struct batch_outcome *o);

/* i < n_outcomes; zeros if the module sends none */
void batch_label(const struct batch *b, uint32_t i, struct batch_label *l);
uint64_t batch_peer(const struct batch *b, uint32_t i);

/* --- lost records --- */

#define BATCH_CPUS	4096	/* cpus beyond this are not tracked */

struct batch_track {
	uint64_t gap_batches;	/* numbers that were skipped */
	/* records that the kernel dropped since the first batch of their CPU */
	uint64_t lost;
	struct batch_cpu {
		bool seen;
		uint32_t seq;
		uint64_t lost;
	} cpu[BATCH_CPUS];
};

/*
 * Records a batch of the one slot that is followed. A number that goes back means that the slot was
 * recreated.
 */
void batch_track(struct batch_track *t, const struct batch *b);

#endif /* BATCH_H */
