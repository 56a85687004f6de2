// SPDX-License-Identifier: GPL-2.0
/*
 * The validator's rules, one mutation each: a field of a valid file is overwritten, hash and
 * checksum are made right again, and the refusal must be the sentence and the errno in the table.
 * Some refusals need more than one field or a whole file of their own; they follow the table.
 *
 * One file, though long: half of it is the table.
 */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lq_build.h"

enum base { NET, FOREST, GRAPH };

#define HEADER	LQ_SECTS	/* not a section: offsets from the start of the file */

struct row {
	enum base base;
	int sect;
	u32 at;			/* in the section */
	u32 size;		/* bytes that are written, little-endian */
	u64 value;
	int code;
	const char *msg;
};

#define FIELD(type, index, field)                                            \
	(u32)((index) * sizeof(struct type) + offsetof(struct type, field)), \
		(u32)sizeof(((struct type *)0)->field)
#define HEAD(field)	HEADER, FIELD(lq_header, 0, field)
#define EXTENT(s, field) \
	HEADER, (u32)(offsetof(struct lq_header, sect) + (s) * sizeof(struct lq_extent) + \
	offsetof(struct lq_extent, field)), 4
#define INPUT(i, field)	LQ_SECT_INPUTS, FIELD(lq_input, i, field)
#define OUTPUT(i, field) LQ_SECT_OUTPUTS, FIELD(lq_output, i, field)
#define LAYER(i, field)	LQ_SECT_LAYERS, FIELD(lq_layer, i, field)
#define STEP(i, field)	LQ_SECT_LAYERS, FIELD(lq_step, i, field)
#define ROW(i, field)	LQ_SECT_ROWS, FIELD(lq_row, i, field)
#define TABLE(i, field)	LQ_SECT_TABLES, FIELD(lq_table, i, field)
#define SEGMENT(i, field) LQ_SECT_SEGMENTS, FIELD(lq_segment, i, field)
#define TREE(i, field)	LQ_SECT_TREES, FIELD(lq_tree, i, field)
#define NODE(i, field)	LQ_SECT_NODES, FIELD(lq_node, i, field)
#define BYTE(s, at)	s, at, 1
#define HEAD_BYTE(field, i) HEADER, (u32)offsetof(struct lq_header, field) + (i), 1

#define NAME_RULE	"name is not 1 to 31 of A-Z a-z 0-9 . _ -"
#define BIG(v)		((u64)(u32)(v))

static const struct row rows[] = {
	/* identity */
	{ NET, HEAD_BYTE(magic, 0), 'l', -EINVAL,
	  "not a snapshot file: the magic is not LQ16SNAP" },
	{ NET, HEAD(major), 2, -EPROTONOSUPPORT,
	  "format version 2.0 is not supported, only up to 1.1" },
	{ NET, HEAD(major), 0, -EPROTONOSUPPORT,
	  "format version 0.0 is not supported, only up to 1.1" },
	{ NET, HEAD(minor), 2, -EPROTONOSUPPORT,
	  "format version 1.2 is not supported, only up to 1.1" },
	{ NET, HEAD(minor), 1, -EINVAL, "section layers has 48 bytes, expected 72" },
	{ NET, HEAD(length), 8, -EINVAL, "header says 8 bytes, file has" },

	/* header */
	{ NET, HEAD(kind), 0, -EINVAL, "header: unknown kind of model 0" },
	{ NET, HEAD(kind), 3, -EINVAL, "header: unknown kind of model 3" },
	{ NET, HEAD(meaning), 0, -EINVAL, "header: unknown meaning of outputs 0" },
	{ NET, HEAD(meaning), 3, -EINVAL, "header: unknown meaning of outputs 3" },
	{ NET, HEAD(reserved), 1, -EINVAL, "header: reserved bytes are not zero" },
	{ NET, HEAD_BYTE(name, 0), 0, -EINVAL, "header: the model's " NAME_RULE },
	{ NET, HEAD_BYTE(name, 1), '/', -EINVAL, "header: the model's " NAME_RULE },
	{ NET, HEAD_BYTE(name, 2), ' ', -EINVAL, "header: the model's " NAME_RULE },
	{ NET, HEAD_BYTE(name, 31), 'x', -EINVAL, "header: the model's " NAME_RULE },
	{ NET, HEAD(n_inputs), 0, -EINVAL, "header: 0 inputs, at least 1 needed" },
	{ NET, HEAD(n_inputs), 257, -E2BIG, "header: 257 inputs, at most 256 allowed" },
	{ NET, HEAD(n_outputs), 1, -EINVAL, "header: 1 outputs, at least 2 needed" },
	{ FOREST, HEAD(n_outputs), 0, -EINVAL, "header: 0 outputs, at least 1 needed" },
	{ NET, HEAD(n_outputs), 65, -E2BIG, "header: 65 outputs, at most 64 allowed" },
	{ NET, HEAD(n_layers), 0, -EINVAL, "header: 0 layers, at least 1 needed" },
	{ NET, HEAD(n_layers), 257, -E2BIG, "header: 257 layers, at most 256 allowed" },
	{ FOREST, HEAD(n_layers), 1, -EINVAL, "header: 1 layers in a model that has none" },
	{ NET, HEAD(n_tables), 65, -E2BIG, "header: 65 tables, at most 64 allowed" },
	{ FOREST, HEAD(n_tables), 1, -EINVAL, "header: 1 tables in a model that has none" },
	{ NET, HEAD(n_trees), 1, -EINVAL, "header: 1 trees in a model that has none" },
	{ FOREST, HEAD(n_trees), 0, -EINVAL, "header: 0 trees, at least 1 needed" },
	{ FOREST, HEAD(n_trees), 1025, -E2BIG, "header: 1025 trees, at most 1024 allowed" },
	{ NET, HEAD(n_leaves), 1, -EINVAL, "header: 1 leaves in a model that has none" },
	{ FOREST, HEAD(n_leaves), 0, -EINVAL, "header: 0 leaves, at least 1 needed" },
	{ FOREST, HEAD(n_leaves), BIG(-1), -E2BIG,
	  "header: 4294967295 leaves, at most 1048576 allowed" },
	{ NET, HEAD(n_golden), 15, -EINVAL, "header: 15 golden vectors, at least 16 needed" },
	{ NET, HEAD(n_golden), 257, -E2BIG, "header: 257 golden vectors, at most 256 allowed" },

	/* extents: INPUTS start at 192 with 216 bytes; NODES of the forest have 48 bytes */
	{ NET, EXTENT(LQ_SECT_INPUTS, off), 200, -EINVAL,
	  "section inputs starts at 200, expected 192" },
	{ NET, EXTENT(LQ_SECT_OUTPUTS, off), 192, -EINVAL,
	  "section outputs starts at 192, expected 408" },
	{ NET, EXTENT(LQ_SECT_TREES, off), 0, -EINVAL, "section trees starts at 0, expected" },
	{ NET, EXTENT(LQ_SECT_INPUTS, len), BIG(-1), -EINVAL,
	  "section inputs ends behind the file" },
	{ NET, EXTENT(LQ_SECT_GOLDEN, len), BIG(-8), -EINVAL,
	  "section golden ends behind the file" },
	{ NET, EXTENT(LQ_SECT_GOLDEN, len), 8, -EINVAL, "312 bytes behind the last section" },
	{ NET, EXTENT(LQ_SECT_GOLDEN, len), 316, -EINVAL, "section golden: padding is not zero" },
	{ NET, EXTENT(LQ_SECT_WEIGHTS, len), 38, -EINVAL, "section weights: padding is not zero" },
	{ NET, EXTENT(LQ_SECT_INPUTS, len), 209, -EINVAL,
	  "section inputs has 209 bytes, expected 216" },
	{ NET, EXTENT(LQ_SECT_OUTPUTS, len), 121, -EINVAL,
	  "section outputs has 121 bytes, expected 128" },
	{ NET, EXTENT(LQ_SECT_LAYERS, len), 41, -EINVAL, "section layers: padding is not zero" },
	{ NET, EXTENT(LQ_SECT_ROWS, len), 41, -EINVAL, "section rows: padding is not zero" },
	{ NET, EXTENT(LQ_SECT_GOLDEN, len), 313, -EINVAL, "section golden: padding is not zero" },
	{ NET, HEAD(n_layers), 2, -EINVAL, "section layers has 48 bytes, expected 32" },
	{ NET, HEAD(n_tables), 1, -EINVAL, "section tables has 16 bytes, expected 8" },
	{ NET, HEAD(n_golden), 17, -EINVAL, "section golden has 320 bytes, expected 340" },
	{ FOREST, HEAD(n_trees), 3, -EINVAL, "section trees has 16 bytes, expected 24" },
	{ FOREST, HEAD(n_leaves), 4, -EINVAL, "section leaves has 24 bytes, expected 32" },

	/* inputs */
	{ NET, BYTE(LQ_SECT_INPUTS, 0), 0, -EINVAL, "input 0: " NAME_RULE },
	{ NET, BYTE(LQ_SECT_INPUTS, 72 + 3), '"', -EINVAL, "input 1: " NAME_RULE },
	{ NET, BYTE(LQ_SECT_INPUTS, 72 + 20), 'x', -EINVAL, "input 1: " NAME_RULE },
	{ NET, INPUT(0, num), 0, -EINVAL, "input 0: scale 0/1 is not of 1 .. 2^31 - 1" },
	{ NET, INPUT(2, den), 0, -EINVAL, "input 2: scale 1/0 is not of 1 .. 2^31 - 1" },
	{ NET, INPUT(2, den), 1u << 31, -EINVAL,
	  "input 2: scale 1/2147483648 is not of 1 .. 2^31 - 1" },
	{ NET, INPUT(1, m), BIG(-1), -EINVAL, "input 1: multiplier -1 is negative" },
	{ NET, INPUT(1, S), 62, -EINVAL, "input 1: shift 62 is not within 0 .. 61" },
	{ NET, INPUT(1, lo), 0x8000, -EINVAL,
	  "input 1: clamp -32768 .. 32767 is not within -32767 .. 32767" },
	{ NET, INPUT(0, hi), (u16)-2001, -EINVAL,
	  "input 0: clamp -2000 .. -2001 is not within -32767 .. 32767" },
	{ NET, INPUT(1, off), 1ull << 62, -ERANGE,
	  "input 1: offset and multiplier may overflow 62 bits" },
	{ NET, INPUT(1, off), 1ull << 63, -ERANGE,
	  "input 1: offset and multiplier may overflow 62 bits" },
	{ NET, INPUT(1, off), (1ull << 62) - (3ull << 31), -ERANGE,
	  "input 1: offset and multiplier may overflow" },
	{ NET, INPUT(1, off), (1ull << 62) - (3ull << 31) - 1, 0, NULL },
	{ NET, INPUT(1, off), (3ull << 31) + 1 - (1ull << 62), 0, NULL },
	{ NET, INPUT(0, cal_hi), BIG(-101), -EINVAL,
	  "input 0: calibrated range ends before it starts" },
	{ NET, BYTE(LQ_SECT_INPUTS, 65), 1, -EINVAL, "input 0: reserved bytes are not zero" },
	{ NET, BYTE(LQ_SECT_INPUTS, 71), 1, -EINVAL, "input 0: reserved bytes are not zero" },
	{ FOREST, BYTE(LQ_SECT_INPUTS, 72 + 1), '0', -EINVAL, "input 1: the same as input 0" },
	{ FOREST, BYTE(LQ_SECT_INPUTS, 144 + 1), '1', -EINVAL, "input 2: the same as input 1" },
	{ FOREST, BYTE(LQ_SECT_INPUTS, 144 + 1), '3', 0, NULL },
	{ FOREST, INPUT(0, m), 1, -EINVAL, "input 0: a forest's input has a quantiser" },
	{ FOREST, INPUT(1, off), 1, -EINVAL, "input 1: a forest's input has a quantiser" },
	{ FOREST, INPUT(1, S), 1, -EINVAL, "input 1: a forest's input has a quantiser" },
	{ FOREST, INPUT(1, lo), 1, -EINVAL, "input 1: a forest's input has a quantiser" },
	{ FOREST, INPUT(2, hi), 1, -EINVAL, "input 2: a forest's input has a quantiser" },

	/* outputs */
	{ NET, BYTE(LQ_SECT_OUTPUTS, 0), 0, -EINVAL, "output 0: " NAME_RULE },
	{ NET, BYTE(LQ_SECT_OUTPUTS, 64 + 1), 0x80, -EINVAL, "output 1: " NAME_RULE },
	{ NET, BYTE(LQ_SECT_OUTPUTS, 64 + 32), '"', -EINVAL,
	  "output 1: unit is not up to 15 printable characters" },
	{ NET, BYTE(LQ_SECT_OUTPUTS, 64 + 47), 'x', -EINVAL,
	  "output 1: unit is not up to 15 printable characters" },
	{ NET, BYTE(LQ_SECT_OUTPUTS, 64 + 32), ' ', 0, NULL },
	{ NET, OUTPUT(0, m), 0, -EINVAL, "output 0: scale 0 is not positive" },
	{ NET, OUTPUT(1, m), BIG(-1), -EINVAL, "output 1: scale -1 is not positive" },
	{ NET, OUTPUT(1, S), 63, -EINVAL, "output 1: shift 63 is not within -62 .. 62" },
	{ NET, OUTPUT(1, S), (u16)-63, -EINVAL, "output 1: shift -63 is not within -62 .. 62" },
	{ NET, BYTE(LQ_SECT_OUTPUTS, 58), 1, -EINVAL, "output 0: reserved bytes are not zero" },
	{ NET, BYTE(LQ_SECT_OUTPUTS, 127), 1, -EINVAL, "output 1: reserved bytes are not zero" },

	/* tables: 0 has 8 segments of 32, 1 has 256 of 1 */
	{ NET, TABLE(0, sh), 9, -EINVAL, "table 0: shift 9 is not within 0 .. 8" },
	{ NET, TABLE(1, reserved), 1, -EINVAL, "table 1: reserved bytes are not zero" },
	{ NET, TABLE(1, reserved2), 1, -EINVAL, "table 1: reserved bytes are not zero" },
	{ NET, TABLE(0, n_segments), 0, -EINVAL, "table 0: no segments" },
	{ NET, TABLE(0, n_segments), 9, -EINVAL, "section segments has 1056 bytes, expected 1060" },
	{ NET, TABLE(0, n_segments), 65535, -EINVAL,
	  "section segments has 1056 bytes, expected 263164" },
	{ NET, SEGMENT(3, base), 0x8000, -ERANGE, "table 0: segment 3 leaves -32767 .. 32767" },
	{ NET, SEGMENT(3, base), 32767, -ERANGE, "table 0: segment 3 leaves -32767 .. 32767" },
	{ NET, SEGMENT(8, base), 0x8000, -ERANGE, "table 1: segment 0 leaves -32767 .. 32767" },
	{ NET, TABLE(0, t_lo), (u16)-127, -ERANGE,
	  "layer 0: table 0 does not cover the clamp -128 .. 127" },
	{ NET, TABLE(0, t_lo), (u16)-129, -ERANGE,
	  "layer 0: table 0 does not cover the clamp -128 .. 127" },
	{ NET, TABLE(1, t_lo), (u16)-129, -ERANGE,
	  "layer 1: table 1 does not cover the clamp -128 .. 127" },

	/* layers: FC 3 -> 4, TABLE 4 -> 4, FC 4 -> 2 */
	{ NET, LAYER(0, op), 0, -EINVAL, "layer 0: unknown operation 0" },
	{ NET, LAYER(0, op), 3, -EINVAL, "layer 0: unknown operation 3" },
	{ NET, LAYER(0, S), 30, -EINVAL, "layer 0: shift 30 is not within 31 .. 62" },
	{ NET, LAYER(2, S), 63, -EINVAL, "layer 2: shift 63 is not within 31 .. 62" },
	{ NET, LAYER(0, n_in), 4, -EINVAL, "layer 0: 4 inputs, buffer 0 holds 3" },
	{ NET, LAYER(2, n_in), 3, -EINVAL, "layer 2: 3 inputs, buffer 0 holds 4" },
	{ NET, LAYER(0, n_out), 0, -EINVAL, "layer 0: no outputs" },
	{ NET, LAYER(0, n_out), 1025, -E2BIG, "layer 0: 1025 outputs, at most 1024 allowed" },
	{ NET, LAYER(0, n_out), 1024, -EINVAL, "layer 0: section weights is too short" },
	{ NET, LAYER(0, n_out), 6, -EINVAL, "layer 1: 4 inputs, buffer 1 holds 6" },
	{ NET, LAYER(2, n_out), 1, -EINVAL, "last layer gives 1 outputs, header says 2" },
	{ NET, LAYER(0, lo), 0x8000, -EINVAL,
	  "layer 0: clamp -32768 .. 127 is not within -32767 .. 32767" },
	{ NET, LAYER(2, hi), (u16)-32768, -EINVAL,
	  "layer 2: clamp -32767 .. -32768 is not within -32767 .. 32767" },
	{ NET, LAYER(0, table), 3, -EINVAL, "layer 0: table 2 of 2" },
	{ NET, LAYER(0, reserved), 1, -EINVAL, "layer 0: reserved bytes are not zero" },
	{ NET, LAYER(1, S), 31, -EINVAL,
	  "layer 1: a layer without rows has a shift or a zero point" },
	{ NET, LAYER(1, zp), 1, -EINVAL,
	  "layer 1: a layer without rows has a shift or a zero point" },
	{ NET, LAYER(1, table), 0, -EINVAL, "layer 1: it has no table" },
	{ NET, LAYER(1, n_out), 5, -EINVAL, "layer 1: it changes the number of lanes" },
	{ NET, LAYER(1, op), 1, -EINVAL, "layer 1: shift 0 is not within 31 .. 62" },

	/* rows and weights; the row 0 of layer 0 sums 100 * 2000 + 200 * 32767 + 300 * 100 */
	{ NET, ROW(1, m), BIG(-1), -EINVAL, "layer 0, row 1: multiplier is negative" },
	{ NET, ROW(5, m), 1u << 31, -EINVAL, "layer 2, row 1: multiplier is negative" },
	{ NET, LQ_SECT_WEIGHTS, 2, 2, 0x8000, -EINVAL, "layer 0, row 0: weight 1 is -32768" },
	{ NET, LQ_SECT_WEIGHTS, 38, 2, 0x8000, -EINVAL, "layer 2, row 1: weight 3 is -32768" },
	{ NET, ROW(0, bias), INT32_MAX, -ERANGE,
	  "layer 0, row 0: accumulator may reach 2154267047, more than 2^31 - 1" },
	{ NET, ROW(0, bias), INT32_MAX - 6783400, 0, NULL },
	{ NET, ROW(0, bias), INT32_MAX - 6783399, -ERANGE,
	  "layer 0, row 0: accumulator may reach 2147483648, more than 2^31 - 1" },
	{ NET, ROW(0, bias), 1u << 31, -ERANGE, "layer 0, row 0: accumulator may reach" },

	/* steps: sample_graph() has them */
	{ GRAPH, HEAD(minor), 0, -EINVAL, "section layers has 144 bytes, expected 96" },
	{ GRAPH, STEP(1, layer.op), 7, -EINVAL, "layer 1: unknown operation 7" },
	{ GRAPH, STEP(1, from), 16, -EINVAL, "layer 1: buffer 16 of 16" },
	{ GRAPH, STEP(1, to), 16, -EINVAL, "layer 1: buffer 16 of 16" },
	{ GRAPH, STEP(1, with), 16, -EINVAL,
	  "layer 1: only sums and products have a second buffer" },
	{ GRAPH, STEP(2, with), 16, -EINVAL, "layer 2: buffer 16 of 16" },
	{ GRAPH, STEP(1, from), 5, -EINVAL, "layer 1: buffer 5 is read before it is written" },
	{ GRAPH, STEP(2, with), 3, -EINVAL, "layer 2: it writes buffer 3, which it reads" },
	{ GRAPH, STEP(2, with), 4, -EINVAL, "layer 2: buffer 4 is read before it is written" },
	{ GRAPH, STEP(2, with), 0, -EINVAL, "layer 2: 2 inputs, buffer 0 holds 3" },
	{ GRAPH, STEP(2, from), 0, -EINVAL, "layer 2: 2 inputs, buffer 0 holds 3" },
	{ GRAPH, STEP(2, to), 2, -EINVAL, "layer 2: it writes buffer 2, which it reads" },
	{ GRAPH, STEP(0, to), 0, -EINVAL, "layer 0: it writes buffer 0, which it reads" },
	{ GRAPH, STEP(3, with), LQ_NO_BUFFER, -EINVAL, "layer 3: buffer 255 of 16" },
	{ GRAPH, STEP(3, to), 5, -EINVAL, "layer 4: lane 2 is not behind the 3 of buffer 0" },
	{ GRAPH, STEP(1, reserved), 1, -EINVAL, "layer 1: reserved bytes are not zero" },
	{ GRAPH, STEP(1, first), 1, -EINVAL, "layer 1: only copies begin within a buffer" },
	{ GRAPH, STEP(1, at), 1, -EINVAL, "layer 1: only copies begin within a buffer" },
	{ GRAPH, STEP(0, first), 2, -EINVAL, "layer 0: lanes 2 .. 3, buffer 0 holds 3" },
	{ GRAPH, STEP(0, first), 65535, -EINVAL,
	  "layer 0: lanes 65535 .. 65536, buffer 0 holds 3" },
	{ GRAPH, STEP(4, at), 1, -EINVAL, "layer 4: lane 1 is not behind the 2 of buffer 0" },
	{ GRAPH, STEP(4, at), 0, -EINVAL, "layer 5: 4 inputs, buffer 0 holds 2" },
	{ GRAPH, STEP(0, layer.table), 1, -EINVAL, "layer 0: a copy has a table or a clamp" },
	{ GRAPH, STEP(0, layer.lo), (u16)-1, -EINVAL, "layer 0: a copy has a table or a clamp" },
	{ GRAPH, STEP(0, layer.S), 31, -EINVAL,
	  "layer 0: a layer without rows has a shift or a zero point" },
	{ GRAPH, STEP(2, layer.S), 30, -EINVAL, "layer 2: shift 30 is not within 31 .. 62" },
	{ GRAPH, STEP(0, layer.n_out), 3, -EINVAL, "layer 0: it changes the number of lanes" },
	{ GRAPH, STEP(2, layer.n_in), 3, -EINVAL, "layer 2: it changes the number of lanes" },
	{ GRAPH, STEP(5, layer.table), 0, -EINVAL, "layer 5: it has no table" },
	{ GRAPH, STEP(5, layer.hi), 1, -EINVAL,
	  "layer 5: a softmax is over at most 64 lanes, and clamps to 0" },
	{ GRAPH, STEP(5, layer.hi), 32, -ERANGE,
	  "layer 5: table 0 does not cover the clamp -224 .. 32" },
	{ GRAPH, STEP(5, layer.lo), 0, 0, NULL },
	{ GRAPH, SEGMENT(3, base), 0x8001, -ERANGE,
	  "layer 5: table 0 of a softmax gives less than 0" },
	{ GRAPH, SEGMENT(7, base), 0, -ERANGE, "layer 5: table 0 of a softmax gives 0 at 0" },
	{ GRAPH, ROW(4, bias), 1, -EINVAL, "layer 3, row 0: a product has a bias" },
	{ GRAPH, ROW(4, m), BIG(-1), -EINVAL, "layer 3, row 0: multiplier is negative" },
	{ GRAPH, LQ_SECT_WEIGHTS, 14, 2, 0x8000, -EINVAL, "layer 2, row 0: weight 1 is -32768" },
	{ GRAPH, LQ_SECT_WEIGHTS, 16, 2, 0x8000, -EINVAL, "layer 2, row 1: weight 0 is -32768" },
	/* row 0 of the sum: 1000 * 128 + 1000 * 32767, the greater of what the copy took */
	{ GRAPH, ROW(2, bias), INT32_MAX - 32895000, 0, NULL },
	{ GRAPH, ROW(2, bias), INT32_MAX - 32894999, -ERANGE,
	  "layer 2, row 0: accumulator may reach 2147483648, more than 2^31 - 1" },

	/* trees: 5 nodes of depth 2, 1 of depth 0; 3 leaves */
	{ FOREST, TREE(0, n_nodes), 0, -EINVAL, "tree 0: 0 nodes are not within 1 .. 65535" },
	{ FOREST, TREE(1, n_nodes), 65536, -EINVAL,
	  "tree 1: 65536 nodes are not within 1 .. 65535" },
	{ FOREST, TREE(1, n_nodes), 2, -EINVAL, "section nodes has 48 bytes, expected 56" },
	{ FOREST, TREE(0, depth), 33, -E2BIG, "tree 0: deeper than 32" },
	{ FOREST, TREE(0, depth), 3, -EINVAL, "tree 0: depth is 2, header says 3" },
	{ FOREST, TREE(1, depth), 1, -EINVAL, "tree 1: depth is 0, header says 1" },
	{ FOREST, TREE(1, reserved), 1, -EINVAL, "tree 1: reserved bytes are not zero" },
	{ FOREST, NODE(0, input), 3, -EINVAL, "tree 0, node 0: input 3 of 3" },
	{ FOREST, NODE(2, child), 2, -EINVAL, "tree 0, node 2: child 2 is not behind its parent" },
	{ FOREST, NODE(2, child), 0, -EINVAL, "tree 0, node 2: child 0 is not behind its parent" },
	{ FOREST, NODE(2, child), 4, -EINVAL, "tree 0, node 2: child 5 is outside the tree" },
	{ FOREST, NODE(2, child), 65535, -EINVAL,
	  "tree 0, node 2: child 65536 is outside the tree" },
	{ FOREST, NODE(0, child), 2, 0, NULL },
	{ FOREST, NODE(0, child), 3, -EINVAL,
	  "tree 0: its paths do not meet as many nodes as it has" },
	{ FOREST, NODE(1, child), 1, -EINVAL, "tree 0, node 1: a leaf with a child" },
	{ FOREST, NODE(1, thr), 3, -EINVAL, "tree 0, node 1: leaf 3 of 3" },
	{ FOREST, NODE(5, thr), BIG(-1), -EINVAL, "tree 1, node 0: leaf 4294967295 of 3" },
	{ FOREST, LQ_SECT_LEAVES, 8, 4, INT32_MAX, -ERANGE,
	  "output 0: sum of leaves may reach 4294967294" },
	{ FOREST, LQ_SECT_LEAVES, 20, 4, INT32_MAX - 7, 0, NULL },
	{ FOREST, LQ_SECT_LEAVES, 20, 4, INT32_MAX - 6, -ERANGE,
	  "output 1: sum of leaves may reach 2147483648, more than 2^31 - 1" },
	{ FOREST, LQ_SECT_LEAVES, 4, 4, 1u << 31, 0, NULL },
};

static u8 *base_of(enum base base, size_t *len)
{
	return base == NET   ? sample_net(len) :
	       base == GRAPH ? sample_graph(len) :
			       sample_forest(len);
}

static void overwrite(u8 *file, const struct row *row)
{
	u32 at = row->at, k;

	if (row->sect != HEADER)
		at += le32toh(lq_file_header(file)->sect[row->sect].off);
	for (k = 0; k < row->size; k++)
		file[at + k] = (u8)(row->value >> 8 * k);
}

static void expect(const u8 *file, size_t len, int code, const char *msg, u32 row)
{
	struct lq_info info;
	struct lq_err err;
	int got = lq_validate(file, len, &info, &err);

	if (got != code || strncmp(err.msg, msg, strlen(msg)))
		fail_msg("row %u: %d \"%s\", expected %d \"%s\"", row, got, err.msg, code, msg);
	if (!code && !info.model_bytes)
		fail_msg("row %u: no size", row);
}

static void test_table(void **state)
{
	u32 k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(rows); k++) {
		size_t len;
		u8 *file = base_of(rows[k].base, &len);

		expect(file, len, 0, "", k);
		overwrite(file, &rows[k]);
		reseal(file, len);
		expect(file, len, rows[k].code, rows[k].msg ? rows[k].msg : "", k);
		free(file);
	}
	print_message("%zu mutations\n", ARRAY_SIZE(rows));
}

/*
 * Every prefix is refused, from an exactly sized allocation: a sanitizer sees the first byte read
 * behind it.
 */
static void test_truncated(void **state)
{
	enum base base;

	(void)state;
	for (base = NET; base <= FOREST; base++) {
		struct lq_info info;
		struct lq_err err;
		size_t len, n;
		u8 *file = base_of(base, &len), *copy;

		for (n = 0; n < len; n++) {
			copy = malloc(n ? n : 1);
			memcpy(copy, file, n);
			assert_int_equal(lq_validate(copy, n, &info, &err), -EINVAL);
			assert_true(err.msg[0]);
			if (n >= LQ_HEADER_LEN) {
				*(__le32 *)(void *)(copy + 12) = htole32((u32)n);
				reseal(copy, n);
				assert_int_equal(lq_validate(copy, n, &info, &err), -EINVAL);
			}
			free(copy);
		}
		free(file);
	}
}

static void test_damaged(void **state)
{
	size_t len, at;
	u8 *file = sample_net(&len);

	(void)state;
	for (at = 20; at < len; at += 7) {
		file[at] ^= 0x10;
		expect(file, len, -EINVAL, "checksum does not match: the file is damaged", (u32)at);
		file[at] ^= 0x10;
	}
	file[200] ^= 1;
	((struct lq_header *)(void *)file)->crc32c = 0;
	((struct lq_header *)(void *)file)->crc32c = htole32(~lq_crc32c(~0u, file, len));
	expect(file, len, -EINVAL, "content hash does not match", 0);
	free(file);
}

static void test_too_long(void **state)
{
	size_t len, big = LQ_MAX_FILE + 8;
	u8 *file = sample_net(&len);

	(void)state;
	file = realloc(file, big);
	memset(file + len, 0, big - len);
	expect(file, big, -E2BIG, "file has 4194312 bytes, more than 4194304", 0);
	*(__le32 *)(void *)(file + 12) = htole32((u32)len + 4);
	expect(file, len + 4, -EINVAL, "length", 1);
	*(__le32 *)(void *)(file + 12) = htole32((u32)len + 8);
	reseal(file, len + 8);
	expect(file, len + 8, -EINVAL, "8 bytes behind the last section", 2);
	free(file);
}

static void test_misaligned(void **state)
{
	struct lq_rng r = { 6 };
	u32 k;

	(void)state;
	for (k = 0; k < 20; k++) {
		size_t len;
		u8 *file = k % 2 ? random_net(&r, true, &len) : random_forest(&r, true, &len),
		   *odd = malloc(len + 1);

		memcpy(odd + 1, file, len);
		expect(odd + 1, len, 0, "", k);
		free(odd);
		free(file);
	}
}

/*
 * A ladder: both children of each level lead to the same pair below. 2^32 paths, which a naive walk
 * would follow; the node counts are kept odd and full so that only the walk itself can notice.
 */
static void test_shared_nodes(void **state)
{
	static const __le32 leaf;
	struct lq_node nodes[65] = { 0 };
	struct lq_rng r = { 9 };
	struct lq_build b;
	size_t len;
	u8 *file;
	u32 k;

	(void)state;
	for (k = 0; k < 65; k++) {
		bool inner = k < 63;

		nodes[k].input = htole16(inner ? 0 : LQ_NODE_LEAF);
		nodes[k].child = htole16((u16)(!inner ? 0 : k % 2 ? k + 2 : k + 1));
	}
	build_start(&b, LQ_KIND_FOREST, LQ_MEANING_VALUE, 1, 1);
	build_input(&b, "x0", 0, 0, 0, 0, 0);
	build_output(&b, "y", "");
	build_tree(&b, nodes, 65, 32);
	b.h.n_leaves = htole32(1);
	build_add(&b, LQ_SECT_LEAVES, &leaf, 4);
	file = build_finish(&b, &r, LQ_MIN_GOLDEN, &len);
	expect(file, len, -EINVAL, "tree 0: its paths do not meet as many nodes as it has", 0);
	free(file);
}

static void test_info(void **state)
{
	struct lq_info info;
	struct lq_err err;
	size_t len;
	u8 *file = sample_net(&len);

	(void)state;
	assert_int_equal(lq_validate(file, len, &info, &err), 0);
	assert_int_equal(info.macs, 20);
	assert_int_equal(info.steps, 0);
	/* 3 features, quantised; 20 products; 6 rows; 8 lanes through tables */
	assert_int_equal(info.ns, (3 * (3000 + 1400) + 20 * 210 + 6 * 800 + 8 * 1500 + 999) / 1000);
	assert_int_equal(info.n_layers, 3);
	assert_string_equal(info.name, "test-1.0");
	assert_memory_equal(info.hash, lq_file_header(file)->hash, LQ_HASH_LEN);
	assert_string_equal(lq_file_input(file, 1)->name, "flow.packets");
	assert_string_equal(lq_file_output(file, 1)->unit, "bytes/s");
	assert_int_equal(le16toh(lq_file_layer(file, 2)->n_in), 4);
	free(file);
	file = sample_forest(&len);
	assert_int_equal(lq_validate(file, len, &info, &err), 0);
	assert_int_equal(info.macs, 0);
	assert_int_equal(info.steps, 2);
	assert_int_equal(info.bound_used, (1 << 30) + 7);
	/* 3 features, 2 steps down heaps, a pair of outputs of each of 2 trees */
	assert_int_equal(info.ns, (3 * 3000 + 2 * 650 + 2 * 400 + 999) / 1000);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),      cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged),    cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_misaligned), cmocka_unit_test(test_shared_nodes),
		cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests_name("lq_validate", tests, NULL, NULL);
}
