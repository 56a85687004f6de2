/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inference engine: from a snapshot file to integer outputs. One source for the kernel
 * (kmod/engine) and the host (build/lib/liblq.a), without allocation, floating point or libc.
 *
 * Life of a model:
 *
 *	lq_validate()	proves a file: layout, bounds, accumulators, tables, termination, budget.
 *			Trusts nothing.
 *	lq_pack()	lays the proven integers out for the instruction-set paths, in one
 *			allocation of the caller's
 *	lq_selftest()	runs the golden vectors and the extreme inputs on every enabled path; all
 *			must agree bit for bit
 *	lq_infer()	any number of times, from any context, concurrently: the model is never
 *			written again
 */
#ifndef LQ_LQ_H
#define LQ_LQ_H

#include <lq/format.h>
#include <lq/kernels.h>

/*
 * Why a file was rejected: one sentence without a full stop that names the section, layer, tree or
 * row.
 */
struct lq_err {
	char msg[128];
};

/* What lq_validate() learnt; enough for lq_pack() and for a listing. */
struct lq_info {
	u8 kind;		/* enum lq_kind */
	u8 meaning;		/* enum lq_meaning */
	u16 n_inputs;
	u16 n_outputs;
	u16 n_layers;
	u16 n_trees;
	u16 n_golden;
	u32 macs;		/* multiply-accumulates of one inference; 0 for forests */
	u32 steps;		/* comparisons of one inference; 0 for nets */
	u32 ns;			/* of one inference, estimated: kmod/engine/cost.c has the prices */
	/* largest proven |accumulator| (or |output| of a forest), of 2^31 - 1 */
	u32 bound_used;
	size_t model_bytes;	/* what lq_pack() needs */
	char name[LQ_NAME_LEN];
	u8 hash[LQ_HASH_LEN];
};

struct lq_model;		/* packed, immutable; kmod/engine/model.h has the layout */

/*
 * Instruction-set paths. PLAIN is the reference (32-bit CPUs run it). SWAR does two
 * multiply-accumulates in one 64-bit multiplication. AVX2 and AVX512 (with VNNI) need
 * lq_path_usable() and, in the kernel, kernel_fpu_begin() by the caller of lq_infer().
 */
enum lq_path {
	LQ_PATH_PLAIN,
	LQ_PATH_SWAR,
	LQ_PATH_AVX2,
	LQ_PATH_AVX512,
	LQ_PATHS
};

/*
 * Vectors that the AVX paths process at a time, and the distance from one to the next in lanes:
 * not a multiple of a page.
 */
#define LQ_BATCH		4
#define LQ_VECTOR		(LQ_MAX_LANES + 48)

/*
 * Working memory of one call at a time, less than 9 KB: per CPU in the kernel, on the heap of a
 * host program, never on a kernel stack. Its contents mean nothing between calls.
 */
struct lq_scratch {
	union {
		s16 lanes[LQ_MAX_LANES];	/* nets: of all buffers */
		u32 x[LQ_MAX_INPUTS];		/* forests: inputs with the sign bit flipped */
	};
	u64 sums[LQ_MAX_OUTPUTS / 2];		/* forests: pairs of outputs */
} __attribute__((__aligned__(64)));

/* The same for batches and the self-test, which never run for a packet. */
struct lq_batch_scratch {
	struct lq_scratch one;
	s16 lanes[LQ_BATCH * LQ_VECTOR];
	s32 x[LQ_BATCH * LQ_MAX_INPUTS];	/* self-test only */
	s32 y[2][LQ_BATCH * LQ_MAX_OUTPUTS];	/* self-test only */
} __attribute__((__aligned__(64)));

/**
 * lq_validate - validate and prove a snapshot file
 * @file: the bytes, any alignment
 * @len: how many
 * @info: filled in on success
 * @err: the reason on failure
 *
 * This includes the CRC32C and the content hash (lq_crc32c(), lq_sha256() of the environment).
 * Return: 0; -EINVAL for a malformed file; -ERANGE for a bound that does not hold; -E2BIG if a
 * limit or the budget is exceeded; -EPROTONOSUPPORT for another major or a newer minor version.
 */
int lq_validate(const void *file, size_t len, struct lq_info *info, struct lq_err *err);

/**
 * lq_pack - lay out a validated file
 * @file: the bytes that lq_validate() accepted (a private copy that nobody else can write)
 * @info: what lq_validate() filled in for them
 * @mem: info->model_bytes bytes, 64-byte aligned; owned by the caller, who frees it when the model
 * is no longer used
 *
 * Return: the model, at the start of @mem. Cannot fail.
 */
struct lq_model *lq_pack(const void *file, const struct lq_info *info, void *mem);

/**
 * lq_selftest - check a packed model against the file's golden vectors on one path
 * @model: from lq_pack()
 * @file: the file it came from
 * @path: must be lq_path_usable(), and vector registers must be allowed in this context
 * @scratch: working memory
 * @err: which vector and output differed
 *
 * Runs the vectors one by one and in batches, each between lq_vectors_begin() and lq_vectors_end()
 * if the path uses vector registers. Also compares all inputs at their least, greatest and zero
 * with LQ_PATH_PLAIN.
 * Return: 0, or -EBADMSG.
 */
int lq_selftest(const struct lq_model *model, const void *file, enum lq_path path,
		struct lq_batch_scratch *scratch, struct lq_err *err);

/**
 * lq_infer - one inference
 * @model: the model
 * @path: the path, which must be usable here
 * @x: n_inputs features, s32 each in the feature's unit
 * @y: n_outputs raw outputs
 * @scratch: working memory, not shared during the call
 */
void lq_infer(const struct lq_model *model, enum lq_path path, const s32 *x, s32 *y,
	      struct lq_scratch *scratch);

/*
 * The same for @n vectors, [n][n_inputs] and [n][n_outputs]; the AVX paths process four at a time.
 */
void lq_infer_batch(const struct lq_model *model, enum lq_path path, const s32 *x, s32 *y, u32 n,
		    struct lq_batch_scratch *scratch);

/*
 * The best path if SIMD is (not) allowed here and n vectors are waiting: one with vector registers
 * only if the model is large enough.
 */
enum lq_path lq_path_best(const struct lq_model *model, bool simd_allowed, u32 n);

/* May this path run on this CPU at all? (That does not mean in this context.) */
bool lq_path_usable(enum lq_path path);

/*
 * The best path with vector registers on this CPU, LQ_PATH_PLAIN if there is none. Not AVX512 on a
 * CPU that lowers its clock for it.
 */
enum lq_path lq_path_vectors_best(void);

/*
 * Index of the greatest of n, ties to the lowest index; *margin = greatest minus second (saturated
 * at S32_MAX).
 */
u32 lq_argmax(const s32 *y, u32 n, s32 *margin);

/* Does this path use vector registers for this model? Forests never do. */
bool lq_path_vectors(const struct lq_model *model, enum lq_path path);

/*
 * Supplied by the environment: kmod/engine/env_kernel.c, kmod/engine/env_host.c. All but lq_infer()
 * may take long, and call lq_pause() at least once a millisecond.
 */
void lq_pause(void);
void lq_vectors_begin(void);
void lq_vectors_end(void);
u32 lq_crc32c(u32 crc, const void *p, size_t len);	/* plain update, no inversion */
void lq_sha256(const void *p, size_t len, u8 out[LQ_HASH_LEN]);

/* Single records of a validated, 8-byte aligned file, for listings; fields stay little-endian. */
const struct lq_header *lq_file_header(const void *file);
const struct lq_input *lq_file_input(const void *file, u32 i);
const struct lq_output *lq_file_output(const void *file, u32 o);
const struct lq_layer *lq_file_layer(const void *file, u32 l);

/* A layer's buffers. A chain does not store them: 0 and 1 by turns. */
struct lq_buffers {
	u8 from, with, to;
	u16 first, at;
};

struct lq_buffers lq_file_buffers(const void *file, u32 l);

/* Where each buffer of a validated net begins among all lanes. Returns the number of lanes. */
u32 lq_file_lanes(const void *file, u32 at[LQ_MAX_BUFFERS]);

#endif /* LQ_LQ_H */
