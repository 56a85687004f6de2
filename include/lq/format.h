/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The snapshot file (".lfs"), byte by byte. One definition for lfgen, lfctl and the kernel.
 *
 * A snapshot is an immutable quantised model: what it reads, what its outputs mean, its integers,
 * and vectors that prove them. All fields are little-endian; all reserved bytes are zero and are
 * checked to be zero; every section starts at a multiple of 8. The file is
 *
 *	struct lq_header		LQ_HEADER_LEN bytes
 *	section 0 .. LQ_SECTS - 1	in the order of enum lq_sect, each padded with zeros to a
 *					multiple of 8, none overlapping, the last one ending at
 *					header.length
 *
 * A section that a kind of model does not use has length 0 (and the offset where it would start).
 *
 * Numbers: LQ16. Activations and weights are s16 (-32768 never occurs), accumulators s32, and every
 * layer rounds once:
 *
 *	acc_o = bias_o + sum_i w_oi * x_i	exact: the validator proves |acc| <= 2^31 - 1
 *	y_o   = clamp((((s64)acc_o * m_o + 2^(S-1)) >> S) + zp, lo, hi)
 *						half up, towards +infinity
 *
 * which is TensorFlow Lite's single rounding, so that int8 models import bit for bit. Activation
 * functions are tables in the file (struct lq_table). Trees compare the features themselves (s32),
 * not quantised ones, so that a forest over integer features decides exactly as the float model
 * does.
 */
#ifndef LQ_FORMAT_H
#define LQ_FORMAT_H

#include <lq/name.h>
#include <lq/types.h>

#define LQ_MAGIC		"LQ16SNAP"	/* 8 bytes, no NUL */
#define LQ_MAJOR		1		/* a reader rejects any other major, */
/* and a greater minor; files with plain layer chains still have minor 0 */
#define LQ_MINOR		1

/*
 * Limits of what a reader accepts. They bound the time of one inference and the memory of one
 * snapshot.
 */
/* names (<lq/name.h>) are NUL-padded; so are units, of any printable ASCII but " and \, or empty */
#define LQ_UNIT_LEN		16
#define LQ_HASH_LEN		32		/* SHA-256 */
#define LQ_MAX_FILE		(4u << 20)	/* bytes */
#define LQ_MAX_INPUTS		256
#define LQ_MAX_OUTPUTS		64
#define LQ_MAX_WIDTH		1024		/* outputs of any layer */
#define LQ_MAX_LAYERS		256		/* steps of a net */
#define LQ_MAX_TABLES		64
#define LQ_MAX_BUFFERS		16
#define LQ_MAX_LANES		4096		/* of all buffers, see LQ_BUFFER_LANES */
#define LQ_MAX_TREES		1024
#define LQ_MAX_DEPTH		32		/* steps from a root to its deepest leaf */
#define LQ_MIN_GOLDEN		16
#define LQ_MAX_GOLDEN		256
/* multiply-accumulates of a net: about 55 us with SWAR */
#define LQ_MAX_MACS		262144
#define LQ_MAX_STEPS		16384		/* sum of the trees' depths */

enum lq_sect {
	LQ_SECT_INPUTS,		/* struct lq_input [n_inputs] */
	LQ_SECT_OUTPUTS,	/* struct lq_output [n_outputs] */
	LQ_SECT_LAYERS,		/* struct lq_layer or lq_step [n_layers]; nets only */
	/* s16, layer by layer, [out][in] each (ADD: [out][1 or 2]); nets only */
	LQ_SECT_WEIGHTS,
	LQ_SECT_ROWS,		/* struct lq_row, layer by layer, [out] each; nets only */
	LQ_SECT_TABLES,		/* struct lq_table [n_tables]; nets only */
	LQ_SECT_SEGMENTS,	/* struct lq_segment, table by table; nets only */
	LQ_SECT_TREES,		/* struct lq_tree [n_trees]; forests only */
	LQ_SECT_NODES,		/* struct lq_node, tree by tree; forests only */
	LQ_SECT_LEAVES,		/* s32 [n_leaves][n_outputs]; forests only */
	/* n_golden times: s32 x[n_inputs] (features), s32 y[n_outputs] (raw outputs) */
	LQ_SECT_GOLDEN,
	LQ_SECTS
};

enum lq_kind {
	LQ_KIND_NET = 1,	/* layers */
	LQ_KIND_FOREST = 2,	/* a sum of decision trees */
};

enum lq_meaning {
	/* verdict = index of the greatest output, ties to the lowest index */
	LQ_MEANING_CLASS = 1,
	LQ_MEANING_VALUE = 2,	/* verdict = output 0 (further outputs are passed on in samples) */
};

struct lq_extent {
	__le32 off;		/* from the start of the file, multiple of 8 */
	__le32 len;		/* bytes, without the padding */
};

struct lq_header {
	__u8 magic[8];			/*   0  LQ_MAGIC */
	__le16 major;			/*   8  LQ_MAJOR */
	__le16 minor;			/*  10  LQ_MINOR */
	__le32 length;			/*  12  of the whole file, a multiple of 8 */
	/*  16  of the file with this field as 0 (RFC 3720 B.4: init and final ~0) */
	__le32 crc32c;
	__u8 kind;			/*  20  enum lq_kind */
	__u8 meaning;			/*  21  enum lq_meaning */
	__le16 n_inputs;		/*  22  1 .. LQ_MAX_INPUTS */
	__le16 n_outputs;		/*  24  1 .. LQ_MAX_OUTPUTS; at least 2 for classes */
	__le16 n_layers;		/*  26  net: 1 .. LQ_MAX_LAYERS; forest: 0 */
	__le16 n_tables;		/*  28  net: 0 .. LQ_MAX_TABLES; forest: 0 */
	__le16 n_trees;			/*  30  forest: 1 .. LQ_MAX_TREES; net: 0 */
	__le32 n_leaves;		/*  32  forest: rows of LEAVES; net: 0 */
	__le16 n_golden;		/*  36  LQ_MIN_GOLDEN .. LQ_MAX_GOLDEN */
	__le16 reserved;		/*  38  0 */
	/*  40  SHA-256 of the bytes from LQ_HEADER_LEN to the end: the content hash */
	__u8 hash[LQ_HASH_LEN];
	char name[LQ_NAME_LEN];		/*  72  of the model; not part of the content hash */
	struct lq_extent sect[LQ_SECTS];/* 104 */
};

#define LQ_HEADER_LEN		192

/*
 * One input. The kernel computes a feature as an s32 in the feature's unit; the model was trained
 * on real numbers:
 *
 *	model value = feature * num / den
 *
 * Nets quantise it: q = clamp(((s64)feature * m + off + 2^(S-1)) >> S, lo, hi). With S = 0 nothing
 * is rounded and the term 2^(S-1) is 0 (also in the bound of off); lo > -32768. Forests use the
 * feature as it is (m, off, S, lo and hi are 0). cal_lo and cal_hi are the least and greatest value
 * of the feature seen in calibration: values outside count as drift.
 */
struct lq_input {
	char name[LQ_NAME_LEN];		/*  0  of a feature in <lq/features.h>, else "x0", ... */
	__le32 num;			/* 32  1 .. 2^31 - 1 */
	__le32 den;			/* 36  1 .. 2^31 - 1 */
	__le32 m;			/* 40  s32, >= 0 */
	__le16 lo;			/* 44  s16 */
	__le16 hi;			/* 46  s16 */
	__le64 off;			/* 48  s64, |off| < 2^62 - 2^(S-1) - 2^31 * m */
	__le32 cal_lo;			/* 56  s32 */
	__le32 cal_hi;			/* 60  s32, >= cal_lo */
	__u8 S;				/* 64  0 .. 61 */
	__u8 reserved[7];		/* 65 */
};

#define LQ_INPUT_LEN		72

/*
 * One output: value = (raw - zp) * m / 2^S in the unit; S may be negative. For classes it is the
 * score.
 */
struct lq_output {
	char name[LQ_NAME_LEN];		/*  0  class name, or name of the value */
	char unit[LQ_UNIT_LEN];		/* 32  of the value, "" for scores */
	__le32 zp;			/* 48  s32 */
	__le32 m;			/* 52  s32, > 0 */
	__le16 S;			/* 56  s16, -62 .. 62 */
	__u8 reserved[6];		/* 58 */
};

#define LQ_OUTPUT_LEN		64

enum lq_op {
	LQ_OP_FC = 1,		/* fully connected, then clamp, then table if there is one */
	/* clamp, then table on each lane; n_out == n_in, zp == 0, no weights, no rows */
	LQ_OP_TABLE = 2,
	/* These occur only in steps; n_out == n_in. */
	LQ_OP_COPY = 3,		/* lanes of one buffer to the start or end of another */
	LQ_OP_ADD = 4,		/* as FC, lane by lane: acc = bias + w0 * from (+ w1 * with) */
	/* as FC, acc = from * with; `with` has one lane for all or one for each; bias == 0 */
	LQ_OP_MUL = 5,
	LQ_OP_SOFTMAX = 6,	/* see below */
};

struct lq_layer {
	__u8 op;			/*  0  enum lq_op */
	__u8 S;				/*  1  FC: 31 .. 62; TABLE: 0 */
	__le16 n_in;			/*  2  n_out of the previous layer, or n_inputs */
	__le16 n_out;			/*  4  1 .. LQ_MAX_WIDTH */
	__le16 zp;			/*  6  s16, added after rounding, before the clamp */
	__le16 lo;			/*  8  s16, > -32768 */
	__le16 hi;			/* 10  s16, >= lo */
	__le16 table;			/* 12  1 + index in TABLES, 0 for none (FC only) */
	__le16 reserved;		/* 14 */
};

#define LQ_LAYER_LEN		16

/*
 * Minor version 1: layers are steps over numbered buffers, run from first to last. Buffer 0 holds
 * the inputs. A step reads its source buffers and overwrites another one from lane 0, which then
 * holds just that. COPY reads lanes first .. first + n_in - 1, and may append (at: number of lanes
 * the buffer holds already). The buffer that the last step writes holds the outputs. So a chain is
 * a graph: 0 to 1, 1 to 0, and so on.
 *
 * For each buffer the validator tracks how many lanes it holds and their greatest |value|: nothing
 * is read before it is written, and every accumulator is proven against what its buffers hold at
 * that step.
 *
 * SOFTMAX: e_o = table(max(x_o - max of x, lo)), y_o = floor((e_o * 32767 + sum of e / 2) / sum of
 * e). hi == 0; the table gives 0 .. 32767 from lo to 0, and at least 1 at 0. n_out <=
 * LQ_MAX_OUTPUTS.
 */
struct lq_step {
	struct lq_layer layer;		/*  0 */
	__u8 from;			/* 16  buffer that is read */
	/* 17  ADD, MUL: second buffer read (MUL: it may have one lane); else LQ_NO_BUFFER */
	__u8 with;
	__u8 to;			/* 18  buffer that is written; not one of those read */
	__u8 reserved;			/* 19 */
	__le16 first;			/* 20  COPY: first lane that is read; else 0 */
	__le16 at;			/* 22  COPY: first lane that is written; else 0 */
};

#define LQ_STEP_LEN		24
#define LQ_NO_BUFFER		0xff

/*
 * Share of LQ_MAX_LANES that a buffer of at most n lanes takes: lanes are written in blocks, past
 * the last one.
 */
#define LQ_LANE_SLACK		16
#define LQ_BUFFER_LANES(n)	(((n) + LQ_LANE_SLACK + 15) / 16 * 16)

struct lq_row {
	__le32 m;			/* s32, >= 0 */
	__le32 bias;			/* s32, at the scale of the accumulator */
};

#define LQ_ROW_LEN		8

/*
 * A piecewise linear function of one s16:
 *
 *	u = y - t_lo, e = segment[u >> sh], frac = u & (2^sh - 1)
 *	out = sh ? (e.base * 2^sh + e.slope * frac + 2^(sh-1)) >> sh : e.base
 *
 * It must cover the clamp of every layer that uses it: t_lo <= lo, ((hi - t_lo) >> sh) <
 * n_segments, and give s16 other than -32768 at both ends (frac 0 and 2^sh - 1) of every segment.
 * With a table, the next layer's inputs lie between the least and the greatest segment end from
 * segment (lo - t_lo) >> sh to (hi - t_lo) >> sh; the bound of its accumulators is proven over that
 * interval (without a table: lo .. hi; in the first layer: each input's own).
 */
struct lq_table {
	__le16 t_lo;			/* 0  s16 */
	__u8 sh;			/* 2  0 .. 8 */
	__u8 reserved;			/* 3 */
	__le16 n_segments;		/* 4  1 .. 65535 */
	__le16 reserved2;		/* 6 */
};

#define LQ_TABLE_LEN		8

struct lq_segment {
	__le16 base;			/* s16 */
	__le16 slope;			/* s16: next base minus this one */
};

#define LQ_SEGMENT_LEN		4

/* One tree: its nodes follow those of the previous tree; node 0 is the root. */
struct lq_tree {
	__le32 n_nodes;			/* 0  1 .. 65535 */
	/* 4  steps to its deepest leaf, 0 .. LQ_MAX_DEPTH; checked */
	__le16 depth;
	__le16 reserved;		/* 6 */
};

#define LQ_TREE_LEN		8

/*
 * One node. Inner node: feature <= thr goes to `child`, otherwise to `child + 1`; child is greater
 * than the node's own index, so that one pass proves termination. Leaf: child == 0, input ==
 * 0xffff, thr = row in LEAVES. A walk down all paths visits n_nodes nodes, as in any tree. Raw
 * output o = sum over trees of LEAVES[leaf][o]; the validator proves that it fits s32.
 */
struct lq_node {
	__le32 thr;			/* 0  s32, or row of LEAVES */
	__le16 input;			/* 4  index of the input */
	__le16 child;			/* 6  index in the tree */
};

#define LQ_NODE_LEN		8
#define LQ_NODE_LEAF		0xffff

#endif /* LQ_FORMAT_H */
