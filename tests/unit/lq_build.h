/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshot files for tests: random models at the edges of what the format allows, and the reference
 * that says what they compute. The reference (lq_ref.c) works on the file's bytes as <lq/format.h>
 * defines them and shares no code with the engine.
 */
#ifndef LQ_BUILD_H
#define LQ_BUILD_H

#include <lq/lq.h>

#include "lq_rng.h"

/* How much a test does: all of it, or a share of it where a sanitizer makes everything slow. */
#ifdef __SANITIZE_ADDRESS__
#define LQ_SHARE(n)	((n) / 5)
#else
#define LQ_SHARE(n)	(n)
#endif

/* A file in the making: the header's counts, then the sections' bytes. */
struct lq_build {
	struct lq_header h;
	struct {
		u8 *p;
		size_t n, cap;
	} sect[LQ_SECTS];
};

void build_start(struct lq_build *b, u8 kind, u8 meaning, u32 n_inputs, u32 n_outputs);
void build_add(struct lq_build *b, enum lq_sect s, const void *p, size_t n);
void build_input(struct lq_build *b, const char *name, s32 m, s64 off, u32 S, s32 lo, s32 hi);
void build_output(struct lq_build *b, const char *name, const char *unit);
void build_layer(struct lq_build *b, u32 op, u32 S, u32 n_in, u32 n_out, s32 zp, s32 lo, s32 hi,
		 u32 table);
/* A layer as a step, with its buffers; not beside build_layer(). */
void build_step(struct lq_build *b, const struct lq_step *step);
void build_row(struct lq_build *b, s32 m, s32 bias, const s16 *w, u32 n_in);
void build_table(struct lq_build *b, s32 t_lo, u32 sh, u32 n, const s16 (*seg)[2]);
void build_tree(struct lq_build *b, const struct lq_node *nodes, u32 n, u32 depth);

/*
 * Golden inputs from r, outputs from the reference; lays out, seals and frees the parts.
 * malloc()ed.
 */
u8 *build_finish(struct lq_build *b, struct lq_rng *r, u32 n_golden, size_t *len);

/* lq_random.c: random models. `hard` fills every accumulator and sum exactly up to its bound. */
u8 *random_net(struct lq_rng *r, bool hard, size_t *len);
u8 *random_forest(struct lq_rng *r, bool hard, size_t *len);
/* A net of steps over buffers: copies, sums, products, softmax among layers. lq_build_graph.c */
u8 *random_graph(struct lq_rng *r, bool hard, size_t *len);

/* Model @k of a series: three samples first, then random ones of at most @most bytes. */
u8 *random_model(struct lq_rng *r, u32 k, size_t most, size_t *len);

/* What they are made of. */
void random_input(struct lq_build *b, struct lq_rng *r, u32 i, bool tame, s32 *peak);
void random_outputs(struct lq_build *b, struct lq_rng *r, u32 n);
s32 random_table(struct lq_build *b, struct lq_rng *r, s32 lo, s32 hi);
void random_clamp(struct lq_rng *r, s32 *lo, s32 *hi);
void random_row(struct lq_build *b, struct lq_rng *r, const s32 *peaks, u32 n_in, u32 S, bool hard);
u32 random_width(struct lq_rng *r, u32 most);

/* Two small fixed files, every byte of which is known: for tables of mutations. */
u8 *sample_net(size_t *len);
u8 *sample_forest(size_t *len);
u8 *sample_graph(size_t *len);	/* lq_build_graph.c */

/* Hash and checksum over a changed file (of at least a header's length). */
void reseal(u8 *file, size_t len);

/* The definition: features to raw outputs, from an aligned, valid file. */
void ref_infer(const u8 *file, const s32 *x, s32 *y);

#endif /* LQ_BUILD_H */
