/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The active snapshot of a slot, as far as it is known: from the kernel, and from its file if there
 * is one.
 */
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
	char path[PATH_MAX];		/* of its file, "" if there is none */
	bool loaded;			/* m is that file */
	struct lfs m;
};

/* From the JSON of `lfctl snapshot show`. */
void incumbent_of(struct incumbent *inc, struct json_object *snapshot,
		  const struct store_layout *l);
/* Its file, if that has its hash and can be read. */
bool incumbent_load(struct incumbent *inc, const char *path);
void incumbent_free(struct incumbent *inc);

/* To another process; 0, or -1 with the reason. */
int incumbent_save(const struct incumbent *inc, const char *path, struct graph_err *err);
int incumbent_read(struct incumbent *inc, const char *path, struct graph_err *err);

/*
 * Its answer for inputs: from its file, else from the outputs of that time (by the snapshot whose
 * hash begins with `hash`). False if unknown. A snapshot that decides nothing of the kind answers
 * -1.
 */
bool incumbent_answer(struct incumbent *inc, const int32_t *raw, const int32_t *outputs,
		    const uint8_t hash[8], double *answer);

#endif /* LFD_INCUMBENT_H */
