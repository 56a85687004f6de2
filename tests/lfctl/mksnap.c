// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of which every verdict is known, for lfctl.sh: mksnap DIR writes
 *
 *	split100.lfs	pkt.len <= 100 is "small", else "large"; inputs pkt.len, flow.packets
 *	split800.lfs	the same at 800
 *	bytes.lfs	value: 1000 or 2000000 bytes by pkt.len; one input
 *	log2.lfs	the same in log2 bytes: 10.5 or 21
 *	bounds.lfs	two of them: 1000 and 5000, or 50000 and 100000 bytes
 *	three.lfs	three of them
 *	rate.lfs	value: bytes/s
 *	ports.lfs	as split100 over pkt.dport, three classes: other inputs and outputs
 *	large.lfs	as split100, 1024 trees, several pieces of an upload
 *	same.lfs	as split800 with two trees, but named split100
 *	broken.lfs	split100 with one bit flipped behind the header
 *	age.lfs		flow.packets <= 4 is "young", else "old"; inputs pkt.len, flow.len_max,
 *			flow.packets
 *	vote.lfs	the same inputs and classes; of three trees two ask flow.packets, <= 4 and
 *			<= 6 are "young", one asks flow.len_max, <= 1000 is "young"
 *	line.lfs	a net of flow.len_max and flow.packets: "few" is 20 - flow.packets, "many"
 *			flow.packets
 *	liar.lfs	split100 with a wrong golden vector, sealed anew: only the run finds it
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/lq_build.h"

static const char *dir;

static void save(const char *name, const u8 *file, size_t len)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.lfs", dir, name);
	f = fopen(path, "w");
	if (!f || fwrite(file, len, 1, f) != 1 || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void leaf(struct lq_build *b, const s32 *y, u32 n)
{
	u32 i;
	__le32 v;

	for (i = 0; i < n; i++) {
		v = htole32((u32)y[i]);
		build_add(b, LQ_SECT_LEAVES, &v, sizeof(v));
	}
	b->h.n_leaves = htole32(le32toh(b->h.n_leaves) + 1);
}

static void begin(struct lq_build *b, const char *name, u8 kind, u8 meaning, u32 n_inputs,
		  u32 n_outputs)
{
	build_start(b, kind, meaning, n_inputs, n_outputs);
	memset(b->h.name, 0, sizeof(b->h.name));
	strcpy(b->h.name, name);
}

/* One comparison: up to thr it is row 0 of the leaves, above it row 1. */
static void compare(struct lq_build *b, u16 input, s32 thr)
{
	struct lq_node nodes[3] = {
		{ .thr = htole32((u32)thr), .input = htole16(input), .child = htole16(1) },
		{ .thr = htole32(0), .input = htole16(LQ_NODE_LEAF) },
		{ .thr = htole32(1), .input = htole16(LQ_NODE_LEAF) },
	};

	build_tree(b, nodes, 3, 1);
}

static void split(struct lq_build *b, s32 thr)
{
	compare(b, 0, thr);
}

static u8 *classes(const char *name, s32 thr, u32 trees, size_t *len)
{
	static const s32 small[] = { 3, -2 }, large[] = { -1, 5 };
	struct lq_rng r = { 1 };
	struct lq_build b;

	begin(&b, name, LQ_KIND_FOREST, LQ_MEANING_CLASS, 2, 2);
	build_input(&b, "pkt.len", 0, 0, 0, 0, 0);
	build_input(&b, "flow.packets", 0, 0, 0, 0, 0);
	build_output(&b, "small", "");
	build_output(&b, "large", "");
	leaf(&b, small, 2);
	leaf(&b, large, 2);
	while (trees--)
		split(&b, thr);
	return build_finish(&b, &r, 16, len);
}

static void output(struct lq_build *b, const char *name, const char *unit, int shift)
{
	struct lq_output out = { .m = htole32(1), .S = htole16(shift) };

	snprintf(out.name, sizeof(out.name), "%s", name);
	snprintf(out.unit, sizeof(out.unit), "%s", unit);
	build_add(b, LQ_SECT_OUTPUTS, &out, sizeof(out));
}

/* Values in 2^-shift of the unit: those of short packets, those of long ones. */
static u8 *values(const char *name, const char *unit, int shift, int n, const s32 *few,
		  const s32 *many, size_t *len)
{
	static const char *const outputs[] = { "size", "most", "more" };
	struct lq_rng r = { 2 };
	struct lq_build b;
	int i;

	begin(&b, name, LQ_KIND_FOREST, LQ_MEANING_VALUE, 1, n);
	build_input(&b, "pkt.len", 0, 0, 0, 0, 0);
	for (i = 0; i < n; i++)
		output(&b, outputs[i], unit, shift);
	leaf(&b, few, n);
	leaf(&b, many, n);
	split(&b, 500);
	return build_finish(&b, &r, 16, len);
}

static void save_values(const char *name, const char *unit, int shift, int n, const s32 *few,
			const s32 *many)
{
	size_t len;
	u8 *file = values(name, unit, shift, n, few, many, &len);

	save(name, file, len);
	free(file);
}

static u8 *ports(size_t *len)
{
	static const s32 low[] = { 1, 0, 0 }, high[] = { 0, 0, 1 };
	struct lq_rng r = { 3 };
	struct lq_build b;

	begin(&b, "ports", LQ_KIND_FOREST, LQ_MEANING_CLASS, 1, 3);
	build_input(&b, "pkt.dport", 0, 0, 0, 0, 0);
	build_output(&b, "system", "");
	build_output(&b, "user", "");
	build_output(&b, "dynamic", "");
	leaf(&b, low, 3);
	leaf(&b, high, 3);
	split(&b, 1023);
	return build_finish(&b, &r, 16, len);
}

static void save_ages(const char *name, bool vote)
{
	static const s32 young[] = { 2, 0 }, old[] = { 0, 3 };
	struct lq_rng r = { 4 };
	struct lq_build b;
	size_t len;
	u8 *file;

	begin(&b, name, LQ_KIND_FOREST, LQ_MEANING_CLASS, 3, 2);
	build_input(&b, "pkt.len", 0, 0, 0, 0, 0);
	build_input(&b, "flow.len_max", 0, 0, 0, 0, 0);
	build_input(&b, "flow.packets", 0, 0, 0, 0, 0);
	build_output(&b, "young", "");
	build_output(&b, "old", "");
	leaf(&b, young, 2);
	leaf(&b, old, 2);
	compare(&b, 2, 4);
	if (vote) {
		compare(&b, 2, 6);
		compare(&b, 1, 1000);
	}
	file = build_finish(&b, &r, 16, &len);
	save(name, file, len);
	free(file);
}

static void save_line(void)
{
	static const s16 few[] = { 0, -2 }, many[] = { 0, 2 };
	struct lq_rng r = { 5 };
	struct lq_build b;
	size_t len;
	u8 *file;

	begin(&b, "line", LQ_KIND_NET, LQ_MEANING_CLASS, 2, 2);
	build_input(&b, "flow.len_max", 1, 0, 0, -2000, 2000);
	build_input(&b, "flow.packets", 1, 0, 0, -2000, 2000);
	build_output(&b, "few", "");
	build_output(&b, "many", "");
	/* 2^30 / 2^31: half of the sum */
	build_layer(&b, LQ_OP_FC, 31, 2, 2, 0, -4000, 4000, 0);
	build_row(&b, 1 << 30, 40, few, 2);
	build_row(&b, 1 << 30, 0, many, 2);
	file = build_finish(&b, &r, 16, &len);
	save("line", file, len);
	free(file);
}

static void corrupt(u8 *file, size_t len)
{
	const struct lq_header *h = (void *)file;
	u8 *golden = file + le32toh(h->sect[LQ_SECT_GOLDEN].off);

	file[len - 9] ^= 4;
	save("broken", file, len);
	file[len - 9] ^= 4;
	golden[8] ^= 1;		/* the first output behind two inputs */
	reseal(file, len);
	save("liar", file, len);
}

int main(int argc, char **argv)
{
	size_t len;
	u8 *file;

	if (argc != 2) {
		fprintf(stderr, "usage: mksnap DIR\n");
		return 2;
	}
	dir = argv[1];
	file = classes("split100", 100, 1, &len);
	save("split100", file, len);
	corrupt(file, len);
	free(file);
	file = classes("split800", 800, 1, &len);
	save("split800", file, len);
	free(file);
	file = classes("split100", 800, 2, &len);
	save("same", file, len);
	free(file);
	file = classes("large", 100, 1024, &len);
	save("large", file, len);
	free(file);
	save_values("bytes", "bytes", 0, 1, (s32[]) { 1000 }, (s32[]) { 2000000 });
	save_values("log2", "log2 bytes", 1, 1, (s32[]) { 21 }, (s32[]) { 42 });
	save_values("bounds", "bytes", 0, 2, (s32[]) { 1000, 5000 }, (s32[]) { 100000, 50000 });
	save_values("three", "bytes", 0, 3, (s32[]) { 1, 2, 3 }, (s32[]) { 4, 5, 6 });
	save_values("rate", "bytes/s", 0, 1, (s32[]) { 1 }, (s32[]) { 2 });
	save_ages("age", false);
	save_ages("vote", true);
	save_line();
	file = ports(&len);
	save("ports", file, len);
	free(file);
	return 0;
}
