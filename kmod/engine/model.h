/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packed model: one block of memory, 64-byte aligned, that begins with struct lq_model; every
 * array in it starts on a cache line and every pointer in it points into it. Written by lq_pack()
 * once, then only read.
 *
 * Net:		quant[n_inputs] -> stages[0] -> ... -> stages[n_stages - 1] -> outputs, over buffers
 *		of lanes
 * Forest:	trees sorted by form and depth, in groups of eight; a group runs to the depth of its
 *		deepest tree. The last group of a form is filled up with blank trees, whose leaf is
 *		a row of zeros. A leaf leads to a row of outputs, packed by two in a u64 (low half:
 *		the even output) and summed modulo 2^64.
 */
#ifndef LQ_MODEL_H
#define LQ_MODEL_H

#include <lq/lq.h>
#include <lq/kernels.h>

#define LQ_ALIGN		64	/* of the block and of every array in it */

/* AVX2 and AVX-512 are compiled; the CPU says which may run. */
#if defined(__x86_64__) && !defined(LQ_NO_VECTORS)
#define LQ_HAVE_VECTORS		1
#else
#define LQ_HAVE_VECTORS		0
#endif
#if defined(__SIZEOF_POINTER__) && __SIZEOF_POINTER__ == 8
#define LQ_HAVE_SWAR		1
#else
#define LQ_HAVE_SWAR		0
#endif

/*
 * MACs per call from which vector registers are worth a kernel_fpu_begin() that has user state to
 * save (about 150 ns).
 */
#define LQ_VECTORS_MIN_MACS	1000

/*
 * Trees of this shape take the heap form: at most this deep, and with at least a quarter of the
 * complete tree's inner nodes.
 */
#ifndef LQ_HEAP_DEPTH
#define LQ_HEAP_DEPTH		7
#endif
#define LQ_HEAP_FILL_INV	4

static inline bool lq_takes_heap(u32 n_nodes, u32 depth)
{
	return depth <= LQ_HEAP_DEPTH && (n_nodes / 2) * LQ_HEAP_FILL_INV >= (1u << depth) - 1;
}

/* Trees walked side by side. */
#define LQ_HEAP_GROUP		8
#define LQ_LOOP_GROUP		8

/* Rows of up to so many u64 lie in a heap's leaf slots. */
#define LQ_SLOT_PAIRS		4

#define LQ_SIGN			0x80000000u

/*
 * Quantisers for vector registers: an array for each term, padded with zeros to a multiple of 16
 * inputs. In each group of 16, off and S hold the eight at even places first, as vpmuldq takes
 * them.
 *
 * f_lo is the greatest feature that is quantised to lo, f_hi the least that is quantised to hi.
 * Clamping a feature to them changes no result. The quotients of both fit s32; otherwise `fits` is
 * false and the arrays are not used.
 */
struct lq_vquant {
	bool fits;
	const s32 *f_lo;
	const s32 *f_hi;
	const s32 *m;
	/* with rounding, plus 2^62 so that a logical shift will do */
	const s64 *off;
	const u64 *S;
	const s32 *back;	/* 2^(62 - S) modulo 2^32: 2^62 after the shift */
	const s16 *lo;
	const s16 *hi;
};

/*
 * Thresholds of both forms have the sign bit flipped, as the inputs that they are compared with:
 * unsigned order is that of values.
 */

/* Inner node of the heap form: node i is followed by 2 i + (x[input] > thr), the root is 1. */
struct lq_heap_node {
	u32 thr;
	u32 input;
};

/* Trees of 2^depth nodes and leaf slots each. */
struct lq_heap_group {
	u32 depth;
	u32 at;			/* the first node and the first leaf slot */
	u32 trees;		/* LQ_HEAP_GROUP or half of it */
};

/* Node i of the loop form is followed by i + next + (x[input] > thr); a leaf by itself. */
struct lq_loop_step {
	u32 thr;
	u16 input;
	u16 next;
};

struct lq_loop_group {
	u32 depth;		/* of the deepest */
	u32 trees;		/* LQ_LOOP_GROUP or half of it */
	u32 root[LQ_LOOP_GROUP];	/* index of nodes and of loop_leaves */
};

struct lq_forest {
	u32 n_heap;		/* groups */
	u32 n_loop;
	u32 pairs;		/* u64 in a row: (n_outputs + 1) / 2 */
	u32 heap_blank;		/* the slot of a blank tree */
	const struct lq_heap_group *heap;
	const struct lq_loop_group *loop;
	const struct lq_heap_node *heap_nodes;
	const struct lq_loop_step *loop_nodes;
	const u64 *heap_rows;	/* [slot][pairs], up to LQ_SLOT_PAIRS */
	const u32 *heap_leaves;	/* more pairs: first u64 of the leaf's row */
	const u32 *loop_leaves;
	const u64 *rows;
};

struct lq_net {
	u32 n_stages;
	const struct lq_quant *quant;
	const struct lq_stage *stages;
	u32 out;		/* where the outputs begin among the lanes */
	struct lq_vquant vq;
};

struct lq_model {
	struct lq_info info;
	u8 vectors;		/* best path with vector registers on this CPU; PLAIN: none */
	union {
		struct lq_net net;
		struct lq_forest forest;
	};
};

/* Estimated nanoseconds of one inference, for a file whose counts are in info. */
u32 lq_cost(const void *file, const struct lq_info *info);

/* Size that lq_pack() needs for a file whose counts are in info (model_bytes is not used). */
size_t lq_model_size(const void *file, const struct lq_info *info);

void lq_net_run(const struct lq_model *model, bool swar, const s32 *x, s32 *y,
		struct lq_scratch *scratch);
void lq_forest_run_plain(const struct lq_model *model, const s32 *x, s32 *y);
void lq_forest_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch);

/* avx2.c and avx512.c; never called if lq_path_usable() says no. */
void lq_avx2_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch);
void lq_avx2_run4(const struct lq_model *model, const s32 *x, s32 *y,
		  struct lq_batch_scratch *scratch);

void lq_avx512_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch);
void lq_avx512_run4(const struct lq_model *model, const s32 *x, s32 *y,
		    struct lq_batch_scratch *scratch);

/*
 * Supplied by the environment: does the CPU have these instructions, and has the system enabled
 * their registers? AVX-512 is F, BW, DQ, VL and VNNI.
 */
bool lq_cpu_has_avx2(void);
bool lq_cpu_has_avx512(void);

/* Does a section with 512-bit registers leave the CPU's clock alone? */
bool lq_cpu_keeps_clock(void);

#endif /* LQ_MODEL_H */
