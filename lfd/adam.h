/* SPDX-License-Identifier: GPL-2.0 */
/* Training a net by mini-batches. */
#ifndef LFD_ADAM_H
#define LFD_ADAM_H

#include "dataset.h"
#include "net.h"

#define ADAM_EPOCHS	200

struct adam_result {
	uint32_t epochs;
	double loss[ADAM_EPOCHS];	/* on held-out rows, after each */
	bool settled;
};

/*
 * Continues from the weights of net, which reads x in units, or from fresh ones as made by
 * net_make(); the result reads units. until: ns of this process's processor time.
 */
void adam_train(struct net *net, const struct dataset *d, bool fresh, uint64_t until,
		struct adam_result *r);

/* Has the loss stopped falling, over the last window of epochs or rounds? */
bool adam_settled(const double *loss, uint32_t n);

#endif /* LFD_ADAM_H */
