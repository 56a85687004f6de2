/* SPDX-License-Identifier: GPL-2.0 */
/* Samples of live flows, kept until their outcome arrives. */
#ifndef LFD_JOIN_H
#define LFD_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lfctl/lib/batch.h"

#define JOIN_ROWS \
	8 /* of a flow: inferences run at packets 1, 2, 4, ..., and the last ones count most */

struct join_row {
	uint64_t time_ns;
	uint32_t generation, packets;
	uint16_t verdict;
	int32_t *xy;		/* x[n_inputs], y[n_outputs] */
};

struct join_flow {
	uint64_t flow;
	uint8_t attach;
	bool told;		/* for a user that looks at each flow once */
	uint32_t n;
	uint32_t newer, older;	/* neighbours by age; of a free one, older is the next free one */
	uint8_t hash[LQ_HASH_LEN];
	struct join_row rows[JOIN_ROWS];
};

struct join {
	uint32_t n_inputs, n_outputs;
	uint32_t places, n;
	uint32_t newest, oldest, free;
	struct join_flow *flows;
	uint32_t *index;	/* open addressing, twice as many as places, power of two */
	uint32_t mask;
	int32_t *values;
	uint64_t dropped;	/* flows evicted for others */
	uint64_t alone;		/* outcomes of flows without a sample */
	uint64_t mixed;		/* flows whose id two attachments of a kind seem to share */
};

/* False: no memory. */
bool join_open(struct join *j, uint32_t n_inputs, uint32_t n_outputs, uint32_t flows);
void join_close(struct join *j);

/* The flow of a sample, with the sample as its last row; NULL if the sample belongs to no flow.
 */
struct join_flow *join_sample(struct join *j, const struct batch *b, const struct batch_sample *s,
			      const int32_t *x, const int32_t *y);

/* The flow that ended, or NULL; call join_end() after using its rows. */
struct join_flow *join_outcome(struct join *j, uint8_t attach, uint64_t flow);
void join_end(struct join *j, struct join_flow *f);

/* A hash of the flow that holds wherever it is kept; the flow has a row. */
uint64_t join_hash(const struct join_flow *f);

#endif /* LFD_JOIN_H */
