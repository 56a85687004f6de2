/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a snapshot file's records: offsets and loads, no checks. Used by the validator (which has
 * checked the extents first) and by the packer (whose file is proven).
 */
#ifndef LQ_FILE_H
#define LQ_FILE_H

#include <lq/lq.h>

/* A field of a record at p, in host byte order. */
#define lq_get8(p, type, field)		(((const u8 *)(p))[offsetof(type, field)])
#define lq_get16(p, type, field)	lq_le16((const u8 *)(p) + offsetof(type, field))
#define lq_get32(p, type, field)	lq_le32((const u8 *)(p) + offsetof(type, field))
#define lq_get64(p, type, field)	lq_le64((const u8 *)(p) + offsetof(type, field))
#define lq_get_s16(p, type, field)	((s16)lq_get16(p, type, field))
#define lq_get_s32(p, type, field)	((s32)lq_get32(p, type, field))
#define lq_get_s64(p, type, field)	((s64)lq_get64(p, type, field))

static inline const u8 *lq_extent_at(const void *file, enum lq_sect s)
{
	return (const u8 *)file + offsetof(struct lq_header, sect) +
	       (u32)s * sizeof(struct lq_extent);
}

static inline const u8 *lq_sect_at(const void *file, enum lq_sect s)
{
	return (const u8 *)file + lq_get32(lq_extent_at(file, s), struct lq_extent, off);
}

static inline u32 lq_sect_len(const void *file, enum lq_sect s)
{
	return lq_get32(lq_extent_at(file, s), struct lq_extent, len);
}

static inline const u8 *lq_input_at(const void *file, u32 i)
{
	return lq_sect_at(file, LQ_SECT_INPUTS) + i * LQ_INPUT_LEN;
}

static inline const u8 *lq_output_at(const void *file, u32 o)
{
	return lq_sect_at(file, LQ_SECT_OUTPUTS) + o * LQ_OUTPUT_LEN;
}

/* Steps name their buffers; layers of a chain do not. */
static inline bool lq_has_steps(const void *file)
{
	return lq_get16(file, struct lq_header, minor) > 0;
}

static inline u32 lq_layer_len(const void *file)
{
	return lq_has_steps(file) ? LQ_STEP_LEN : LQ_LAYER_LEN;
}

static inline const u8 *lq_layer_at(const void *file, u32 l)
{
	return lq_sect_at(file, LQ_SECT_LAYERS) + l * lq_layer_len(file);
}

/* Does layer l have a row for each output? */
static inline bool lq_has_rows(const void *file, u32 l)
{
	u32 op = lq_get8(lq_layer_at(file, l), struct lq_layer, op);

	return op == LQ_OP_FC || op == LQ_OP_ADD || op == LQ_OP_MUL;
}

/* Number of weights of each output. */
static inline u32 lq_weights_of(const void *file, u32 l)
{
	const u8 *lay = lq_layer_at(file, l);

	switch (lq_get8(lay, struct lq_layer, op)) {
	case LQ_OP_FC:
		return lq_get16(lay, struct lq_layer, n_in);
	case LQ_OP_ADD:
		return lq_get8(lay, struct lq_step, with) == LQ_NO_BUFFER ? 1 : 2;
	default:
		return 0;
	}
}

static inline const u8 *lq_table_at(const void *file, u32 t)
{
	return lq_sect_at(file, LQ_SECT_TABLES) + t * LQ_TABLE_LEN;
}

static inline const u8 *lq_tree_at(const void *file, u32 t)
{
	return lq_sect_at(file, LQ_SECT_TREES) + t * LQ_TREE_LEN;
}

/* First segment of table t: segments are stored in the order of tables. */
static inline const u8 *lq_segments_of(const void *file, u32 t)
{
	const u8 *p = lq_sect_at(file, LQ_SECT_SEGMENTS);
	u32 k;

	for (k = 0; k < t; k++)
		p += LQ_SEGMENT_LEN * lq_get16(lq_table_at(file, k), struct lq_table, n_segments);
	return p;
}

/* Number of lanes that a buffer holds before layer l of a validated net. buffers.c */
u32 lq_held(const void *file, u32 l, u32 buffer);

#endif /* LQ_FILE_H */
