/* SPDX-License-Identifier: GPL-2.0 */
/* Forests by XGBoost. */
#ifndef LFD_BOOST_H
#define LFD_BOOST_H

#include "codegen/graph.h"
#include "dataset.h"

#define BOOST_ROUNDS	1024

struct boost_want {
	uint32_t depth, rounds;	/* rounds: of all trainings together */
	uint64_t until;		/* ns of this process's processor time */
	const char *before;	/* file of the forest to continue, or NULL */
	const char *after;	/* file to write it to */
};

struct boost_result {
	uint32_t before, rounds;	/* refitted rounds; all rounds */
	uint32_t n; /* new ones: losses on held-out flows, the refitted forest's first */
	double loss[BOOST_ROUNDS + 1];
	double least;			/* of the returned forest */
	bool settled, fresh;
};

/* The forest, in units; NULL with the reason. */
struct graph *boost_train(const struct dataset *d, const struct boost_want *want,
			  struct boost_result *r, struct graph_err *err);

/* The same with only its first rounds; want->after is rewritten. */
struct graph *boost_shorten(const struct dataset *d, const struct boost_want *want, uint32_t rounds,
			    struct graph_err *err);

#endif /* LFD_BOOST_H */
