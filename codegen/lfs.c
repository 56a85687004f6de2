// SPDX-License-Identifier: GPL-2.0
/* A snapshot file on the host: validated, packed, and its records read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lfs.h"

static void *aligned(size_t n)
{
	void *p = aligned_alloc(64, (n + 63) & ~(size_t)63);

	if (!p) {
		fputs("lfgen: out of memory\n", stderr);
		exit(1);
	}
	memset(p, 0, n);
	return p;
}

static int load(struct lfs *m, const char *what, struct graph_err *err)
{
	struct lq_err why;

	if (lq_validate(m->file, m->len, &m->info, &why)) {
		free(m->file);
		return util_fail(err, "%s: %s", what, why.msg);
	}
	m->packed = lq_pack(m->file, &m->info, aligned(m->info.model_bytes));
	m->scratch = aligned(sizeof(*m->scratch));
	return 0;
}

int lfs_load(struct lfs *m, const void *file, size_t len, const char *what, struct graph_err *err)
{
	memset(m, 0, sizeof(*m));
	m->file = util_alloc(len, 1);
	m->len = len;
	memcpy(m->file, file, len);
	return load(m, what, err);
}

int lfs_read(struct lfs *m, const char *path, struct graph_err *err)
{
	memset(m, 0, sizeof(*m));
	if (util_read(path, LQ_MAX_FILE, &m->file, &m->len, err))
		return -1;
	return load(m, path, err);
}

void lfs_free(struct lfs *m)
{
	free(m->file);
	free(m->packed);
	free(m->scratch);
	memset(m, 0, sizeof(*m));
}

int lfs_selftest(struct lfs *m, struct graph_err *err)
{
	struct lq_err why;
	int p;

	for (p = 0; p < LQ_PATHS; p++)
		if (lq_path_usable(p) && lq_selftest(m->packed, m->file, p, m->scratch, &why))
			return util_fail(err, "self-test on path %s: %s", lfs_path_name(p),
					 why.msg);
	return 0;
}

void lfs_infer(struct lfs *m, enum lq_path path, const s32 *x, s32 *y)
{
	lq_infer(m->packed, path, x, y, &m->scratch->one);
}

struct plan_input lfs_input(const struct lfs *m, u32 i)
{
	const struct lq_input *in = lq_file_input(m->file, i);
	struct plan_input p = {
		.num = lq_le32(&in->num),
		.den = lq_le32(&in->den),
		.m = lq_le32(&in->m),
		.lo = lq_le16(&in->lo),
		.hi = lq_le16(&in->hi),
		.off = lq_le64(&in->off),
		.cal_lo = lq_le32(&in->cal_lo),
		.cal_hi = lq_le32(&in->cal_hi),
		.S = in->S,
	};

	memcpy(p.name, in->name, LQ_NAME_LEN);
	return p;
}

struct plan_output lfs_output(const struct lfs *m, u32 o)
{
	const struct lq_output *out = lq_file_output(m->file, o);
	struct plan_output p = {
		.zp = lq_le32(&out->zp),
		.m = lq_le32(&out->m),
		.S = lq_le16(&out->S),
	};

	memcpy(p.name, out->name, LQ_NAME_LEN);
	memcpy(p.unit, out->unit, LQ_UNIT_LEN);
	return p;
}

const u8 *lfs_sect(const struct lfs *m, enum lq_sect s, size_t *len)
{
	const struct lq_extent *e = &lq_file_header(m->file)->sect[s];

	if (len)
		*len = lq_le32(&e->len);
	return (const u8 *)m->file + lq_le32(&e->off);
}

static const char *const paths[LQ_PATHS] = {
	[LQ_PATH_PLAIN] = "plain",
	[LQ_PATH_SWAR] = "swar",
	[LQ_PATH_AVX2] = "avx2",
	[LQ_PATH_AVX512] = "avx512",
};

const char *lfs_path_name(enum lq_path path)
{
	return paths[path];
}

int lfs_path_by_name(const char *name)
{
	int p;

	for (p = 0; p < LQ_PATHS; p++)
		if (!strcmp(name, paths[p]))
			return p;
	return -1;
}

u32 lfs_argmax(const s32 *y, u32 n)
{
	s32 margin;

	return lq_argmax(y, n, &margin);
}

void lfs_hash(const struct lfs *m, char hex[2 * LQ_HASH_LEN + 1])
{
	u32 i;

	for (i = 0; i < LQ_HASH_LEN; i++)
		sprintf(hex + 2 * i, "%02x", m->info.hash[i]);
}

const char *lfs_op_name(u8 op)
{
	static const char *const name[] = {
		[LQ_OP_FC] = "fc",   [LQ_OP_TABLE] = "table", [LQ_OP_COPY] = "copy",
		[LQ_OP_ADD] = "add", [LQ_OP_MUL] = "mul",     [LQ_OP_SOFTMAX] = "softmax",
	};

	return op < ARRAY_SIZE(name) && name[op] ? name[op] : "";
}
