/* SPDX-License-Identifier: GPL-2.0 */
/* The snapshot that serves a slot, as far as it is known: by what the kernel tells, and by its file
 * where there is one. */
#ifndef LFD_INCUMBENT_H
#define LFD_INCUMBENT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "codegen/lfs.h"
#include "store.h"

struct json_object;

struct incumbent {
	uint8_t hash[LQ_HASH_LEN];
	char name[LQ_NAME_LEN];
	bool same;			/* its outputs mean what the learner's labels mean */
	uint32_t n_outputs;
	struct plan_output out;		/* of a value */
	char path[PATH_MAX];		/* of its file, "" where there is none */
	bool loaded;			/* m is that file */
	struct lfs m;
};

/* From what `lfctl snapshot show` gives as JSON. */
void incumbent_of(struct incumbent *inc, struct json_object *snapshot,
		  const struct store_layout *l);
/* Its file, if that has its hash and can be read. */
bool incumbent_load(struct incumbent *inc, const char *path);
void incumbent_free(struct incumbent *inc);

/* To another process; 0, or -1 with the reason. */
int incumbent_save(const struct incumbent *inc, const char *path, struct graph_err *err);
int incumbent_read(struct incumbent *inc, const char *path, struct graph_err *err);

/*
 * What it says of inputs: by its file, else by the outputs that it gave then (they are of the
 * snapshot whose hash begins with `hash`). False where that is not known. Who decides nothing of
 * the kind says -1.
 */
bool incumbent_says(struct incumbent *inc, const int32_t *raw, const int32_t *outputs,
		    const uint8_t hash[8], double *said);

#endif /* LFD_INCUMBENT_H */
