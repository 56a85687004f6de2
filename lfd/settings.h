/* SPDX-License-Identifier: GPL-2.0 */
/* What lfd.conf(5) says of one learner. */
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

enum settings_kind { KIND_FOREST, KIND_NET, KIND_EXTERNAL };
enum settings_act { ACT_RELU, ACT_TANH };

struct settings {
	char name[64];			/* of the file, without .conf */
	char path[PATH_MAX];
	/* [learner] */
	char slot[LQ_NAME_LEN];
	char snapshot[PATH_MAX];	/* file of the snapshot that the slot begins with, or "" */
	bool paused;
	/* [store] */
	uint64_t size;			/* bytes on disk */
	double share;			/* of a class that one group may have */
	uint32_t flows;			/* that may be open at a time */
	/* [label] */
	struct label_rules labels;
	/* [model] */
	uint32_t kind;			/* enum settings_kind */
	uint32_t act;			/* enum settings_act */
	uint32_t layers[SETTINGS_LAYERS], n_layers;
	char start[PATH_MAX];		/* ONNX or TFLite to begin with, or "" */
	char trainer[PATH_MAX];
	uint32_t depth, rounds;		/* forest */
	double anchor; /* weight of rows without a label, which keep the verdict they had */
	uint64_t time;			/* ns of a processor that one training may take */
	uint64_t memory;		/* bytes */
	char cpus[64];			/* "" for any */
	/* [judge] */
	double alpha;			/* necessity: fidelity loss above this share */
	double margin;			/* and less loss on held-out rows by this much at least */
	double error;			/* rate of wrong answers that each test may have */
	uint32_t min_flows;		/* held out, labelled, that judge */
	/* [deploy] */
	uint32_t shadow, watch;		/* flows */
	double arms[SETTINGS_ARMS];	/* shares of newborn flows, one after the other, rising */
	uint32_t n_arms;
	uint32_t step;			/* flows that each of these shows at least */
	double guard;			/* most of its decisions that may be one class; 0: any */
	double harm;			/* roll back at this much more loss */
	uint64_t every;			/* ns between two trainings at least */
	uint64_t backoff;		/* ns after a roll back, doubled by each one that follows */
	/* [drift] */
	bool drift;
	uint32_t window;		/* flows */
};

/* Complains of each fault on standard error, "FILE:LINE: sentence". Returns how many there were. */
int settings_read(struct settings *s, const char *path);

/* All *.conf of a directory in the order of their names, or the faults that they have. */
int settings_read_all(const char *dir, struct settings **all, size_t *n);

const char *settings_kind_name(uint32_t kind);

#endif /* LFD_SETTINGS_H */
