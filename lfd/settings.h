/* SPDX-License-Identifier: GPL-2.0 */
/* The lfd.conf(5) of one learner. */
#ifndef LFD_SETTINGS_H
#define LFD_SETTINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <lq/format.h>

#include "label.h"

#define SETTINGS_DIR	"/etc/liteflow/lfd.d"
#define SETTINGS_LAYERS	4
#define SETTINGS_ARMS	8

enum settings_kind { KIND_FOREST, KIND_NET, KIND_EXTERNAL, KIND_POLICY };
enum settings_act { ACT_RELU, ACT_TANH };

struct settings {
	char name[64];			/* of the file, without .conf */
	char path[PATH_MAX];
	/* [learner] */
	char slot[LQ_NAME_LEN];
	char snapshot[PATH_MAX];	/* file of the slot's first snapshot, or "" */
	bool paused;
	/* [store] */
	uint64_t size;			/* bytes on disk */
	double share;			/* maximum of a class for one group */
	uint32_t flows;			/* maximum open at a time */
	/* [label] */
	struct label_rules labels;
	/* [model] */
	uint32_t kind;			/* enum settings_kind */
	uint32_t act;			/* enum settings_act */
	uint32_t layers[SETTINGS_LAYERS], n_layers;
	char start[PATH_MAX];		/* ONNX or TFLite to begin with, or "" */
	char trainer[PATH_MAX];
	uint32_t depth, rounds;		/* forest */
	uint32_t generations;		/* policy */
	double anchor; /* weight of rows without a label, which keep the verdict they had */
	uint64_t time;			/* limit of one training's processor time, ns */
	uint64_t memory;		/* bytes */
	char cpus[64];			/* "" for any */
	/* [judge] */
	double alpha;			/* necessity: fidelity loss above this share */
	double margin;			/* and loss on held-out rows lower by at least this */
	double error;			/* error rate of each test */
	uint32_t min_flows;		/* held-out labelled flows to judge by */
	/* [deploy] */
	uint32_t shadow, watch;		/* flows */
	double arms[SETTINGS_ARMS];	/* rising shares of new flows, one after the other */
	uint32_t n_arms;
	uint32_t step;			/* minimum number of flows at each of these */
	double guard;			/* maximum share of one class in its decisions; 0: any */
	double guard_drift;		/* of its inferences, more than when judged; 0: any */
	double guard_saturated;		/* likewise */
	struct settings_outcome {
		bool on;
		uint8_t term;		/* enum liteflow_term */
		uint64_t bound;		/* in its steps */
	} guard_outcome;
	double harm;			/* roll back at this much more loss */
	uint64_t every;			/* minimum ns between two trainings */
	uint64_t backoff;		/* ns after a rollback, doubled by each further one */
	/* [drift] */
	bool drift;
	uint32_t window;		/* flows */
};

/* Prints each fault on standard error, "FILE:LINE: message". Returns the number of faults. */
int settings_read(struct settings *s, const char *path);

/* Reads all *.conf of a directory in the order of their names, or prints their faults. */
int settings_read_all(const char *dir, struct settings **all, size_t *n);

const char *settings_kind_name(uint32_t kind);

static inline bool settings_policy(const struct settings *s)
{
	return s->kind == KIND_POLICY;
}

#endif /* LFD_SETTINGS_H */
