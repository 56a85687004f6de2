// SPDX-License-Identifier: GPL-2.0
/*
 * The validator: from untrusted bytes to a file that is safe for every later use.
 *
 * Steps, each of which may rely on the ones before:
 *
 *	1. length, magic, version	is it a snapshot at all; header.length as well
 *	2. CRC32C, then SHA-256		is it intact
 *	3. counts in the header		within limits; none for the other kind
 *	4. extents of the sections	one after the other, in order, to the end, with padding;
 *					from here on a section may be read up to its length
 *	5. inputs, outputs		names, each once, scales, the quantiser's bound
 *	6. net or forest		validate_net.c, validate_forest.c
 *	7. golden vectors		their number only: lq_selftest() runs them
 *
 * All arithmetic on values of the file is in u64 or s64 and is bounded by the limits in
 * <lq/format.h>. Nothing is allocated; nothing is written but *info and *err. Every rejection is a
 * sentence that names the record.
 */
#include "model.h"
#include "validate.h"

static bool all_zero(const u8 *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

static bool name_char(u8 ch)
{
	return lq_name_char(ch);
}

static bool unit_char(u8 ch)
{
	return ch >= 0x20 && ch <= 0x7e && ch != '"' && ch != '\\';
}

/* Characters that ok() accepts, then at least one NUL up to the end of the field. */
static bool text_ok(const u8 *p, u32 size, bool (*ok)(u8), bool may_be_empty)
{
	u32 n = 0;

	while (n < size && p[n]) {
		if (!ok(p[n]))
			return false;
		n++;
	}
	return n < size && (n || may_be_empty) && all_zero(p + n, size - n);
}

static int check_identity(const struct lq_check *c)
{
	u32 major, minor, length;

	if (c->len < LQ_HEADER_LEN)
		return lq_refuse(c, -EINVAL, "file has %zu bytes, less than a header", c->len);
	if (memcmp(c->file, LQ_MAGIC, 8))
		return lq_refuse(c, -EINVAL, "not a snapshot file: the magic is not " LQ_MAGIC);
	if (c->len > LQ_MAX_FILE)
		return lq_refuse(c, -E2BIG, "file has %zu bytes, more than %u", c->len,
				 LQ_MAX_FILE);
	major = lq_get16(c->file, struct lq_header, major);
	minor = lq_get16(c->file, struct lq_header, minor);
	if (major != LQ_MAJOR || minor > LQ_MINOR)
		return lq_refuse(c, -EPROTONOSUPPORT,
				 "format version %u.%u is not supported, only up to %u.%u", major,
				 minor, LQ_MAJOR, LQ_MINOR);
	length = lq_get32(c->file, struct lq_header, length);
	if (length != c->len)
		return lq_refuse(c, -EINVAL, "header says %u bytes, file has %zu", length, c->len);
	if (length % 8)
		return lq_refuse(c, -EINVAL, "length %u is not a multiple of 8", length);
	return 0;
}

static u32 file_crc(const u8 *file, size_t len)
{
	static const u8 zeros[4];
	const size_t at = offsetof(struct lq_header, crc32c);
	u32 crc = lq_crc32c(~0u, file, at);

	crc = lq_crc32c(crc, zeros, sizeof(zeros));
	return ~lq_crc32c(crc, file + at + sizeof(zeros), len - at - sizeof(zeros));
}

static int check_sums(const struct lq_check *c)
{
	if (file_crc(c->file, c->len) != lq_get32(c->file, struct lq_header, crc32c))
		return lq_refuse(c, -EINVAL, "checksum does not match: the file is damaged");
	lq_sha256(c->file + LQ_HEADER_LEN, c->len - LQ_HEADER_LEN, c->info->hash);
	if (memcmp(c->info->hash, c->file + offsetof(struct lq_header, hash), LQ_HASH_LEN))
		return lq_refuse(c, -EINVAL, "content hash does not match");
	return 0;
}

/* One count of the header: least .. most, or 0 if this kind of model has none. */
static int check_count(const struct lq_check *c, const char *what, u32 n, u32 least, u32 most,
		       bool applies)
{
	if (!applies && n)
		return lq_refuse(c, -EINVAL, "header: %u %s in a model that has none", n, what);
	if (applies && n < least)
		return lq_refuse(c, -EINVAL, "header: %u %s, at least %u needed", n, what, least);
	if (applies && n > most)
		return lq_refuse(c, -E2BIG, "header: %u %s, at most %u allowed", n, what, most);
	return 0;
}

static int check_counts(struct lq_check *c)
{
	struct lq_info *info = c->info;
	bool net = info->kind == LQ_KIND_NET;
	u32 most_leaves = LQ_MAX_FILE / 4;
	int ret;

	c->n_tables = lq_get16(c->file, struct lq_header, n_tables);
	c->n_leaves = lq_get32(c->file, struct lq_header, n_leaves);
	info->n_inputs = lq_get16(c->file, struct lq_header, n_inputs);
	info->n_outputs = lq_get16(c->file, struct lq_header, n_outputs);
	info->n_layers = lq_get16(c->file, struct lq_header, n_layers);
	info->n_trees = lq_get16(c->file, struct lq_header, n_trees);
	info->n_golden = lq_get16(c->file, struct lq_header, n_golden);

	ret = check_count(c, "inputs", info->n_inputs, 1, LQ_MAX_INPUTS, true);
	if (!ret)
		ret = check_count(c, "outputs", info->n_outputs,
				  info->meaning == LQ_MEANING_CLASS ? 2 : 1, LQ_MAX_OUTPUTS, true);
	if (!ret)
		ret = check_count(c, "layers", info->n_layers, 1, LQ_MAX_LAYERS, net);
	if (!ret)
		ret = check_count(c, "tables", c->n_tables, 0, LQ_MAX_TABLES, net);
	if (!ret)
		ret = check_count(c, "trees", info->n_trees, 1, LQ_MAX_TREES, !net);
	if (!ret)
		ret = check_count(c, "leaves", c->n_leaves, 1, most_leaves, !net);
	if (!ret)
		ret = check_count(c, "golden vectors", info->n_golden, LQ_MIN_GOLDEN, LQ_MAX_GOLDEN,
				  true);
	return ret;
}

static int check_header(struct lq_check *c)
{
	const u8 *name = c->file + offsetof(struct lq_header, name);

	c->info->kind = lq_get8(c->file, struct lq_header, kind);
	c->info->meaning = lq_get8(c->file, struct lq_header, meaning);
	if (c->info->kind != LQ_KIND_NET && c->info->kind != LQ_KIND_FOREST)
		return lq_refuse(c, -EINVAL, "header: unknown kind of model %u", c->info->kind);
	if (c->info->meaning != LQ_MEANING_CLASS && c->info->meaning != LQ_MEANING_VALUE)
		return lq_refuse(c, -EINVAL, "header: unknown meaning of outputs %u",
				 c->info->meaning);
	if (lq_get16(c->file, struct lq_header, reserved))
		return lq_refuse(c, -EINVAL, "header: reserved bytes are not zero");
	if (!text_ok(name, LQ_NAME_LEN, name_char, false))
		return lq_refuse(c, -EINVAL, "header: the model's name is not " LQ_NAME_RULE);
	memcpy(c->info->name, name, LQ_NAME_LEN);
	return check_counts(c);
}

/* Sections lie one after the other, so each end is known before the next start is read. */
static int check_extents(const struct lq_check *c)
{
	u64 at = LQ_HEADER_LEN, end;
	u32 s;

	for (s = 0; s < LQ_SECTS; s++) {
		const u8 *ext = lq_extent_at(c->file, s);
		u32 off = lq_get32(ext, struct lq_extent, off);
		u32 len = lq_get32(ext, struct lq_extent, len);

		if (off != at)
			return lq_refuse(c, -EINVAL, "section %s starts at %u, expected %llu",
					 lq_sect_names[s], off, (unsigned long long)at);
		end = at + len;
		at = (end + 7) & ~7ull;
		if (at > c->len)
			return lq_refuse(c, -EINVAL, "section %s ends behind the file",
					 lq_sect_names[s]);
		if (!all_zero(c->file + end, (size_t)(at - end)))
			return lq_refuse(c, -EINVAL, "section %s: padding is not zero",
					 lq_sect_names[s]);
	}
	if (at != c->len)
		return lq_refuse(c, -EINVAL, "%llu bytes behind the last section",
				 (unsigned long long)(c->len - at));
	return 0;
}

/* feature * m + off + rounding must stay within 2^62 for every s32 feature. */
static bool quantiser_fits(s64 off, u64 m, u32 S)
{
	u64 room = 1ull << 62, spent = (S ? 1ull << (S - 1) : 0) + (m << 31);
	u64 size = off < 0 ? 0 - (u64)off : (u64)off;

	return spent < room && size < room - spent;
}

static int check_quantiser(const struct lq_check *c, u32 i, const u8 *in)
{
	s16 lo = lq_get_s16(in, struct lq_input, lo), hi = lq_get_s16(in, struct lq_input, hi);
	s32 m = lq_get_s32(in, struct lq_input, m);
	u32 S = lq_get8(in, struct lq_input, S);

	if (m < 0)
		return lq_refuse(c, -EINVAL, "input %u: multiplier %d is negative", i, m);
	if (S > 61)
		return lq_refuse(c, -EINVAL, "input %u: shift %u is not within 0 .. 61", i, S);
	if (lo == -32768 || hi < lo)
		return lq_refuse(c, -EINVAL,
				 "input %u: clamp %d .. %d is not within -32767 .. 32767", i, lo,
				 hi);
	if (!quantiser_fits(lq_get_s64(in, struct lq_input, off), (u64)m, S))
		return lq_refuse(c, -ERANGE, "input %u: offset and multiplier may overflow 62 bits",
				 i);
	return 0;
}

static int check_no_quantiser(const struct lq_check *c, u32 i, const u8 *in)
{
	if (lq_get32(in, struct lq_input, m) || lq_get16(in, struct lq_input, lo) ||
	    lq_get16(in, struct lq_input, hi) || lq_get64(in, struct lq_input, off) ||
	    lq_get8(in, struct lq_input, S))
		return lq_refuse(c, -EINVAL, "input %u: a forest's input has a quantiser", i);
	return 0;
}

static int check_input(const struct lq_check *c, u32 i)
{
	const u8 *in = lq_input_at(c->file, i);

	if (!text_ok(in, LQ_NAME_LEN, name_char, false))
		return lq_refuse(c, -EINVAL, "input %u: name is not " LQ_NAME_RULE, i);
	if (lq_get_s32(in, struct lq_input, num) <= 0 || lq_get_s32(in, struct lq_input, den) <= 0)
		return lq_refuse(c, -EINVAL, "input %u: scale %u/%u is not of 1 .. 2^31 - 1", i,
				 lq_get32(in, struct lq_input, num),
				 lq_get32(in, struct lq_input, den));
	if (lq_get_s32(in, struct lq_input, cal_hi) < lq_get_s32(in, struct lq_input, cal_lo))
		return lq_refuse(c, -EINVAL, "input %u: calibrated range ends before it starts", i);
	if (!all_zero(in + offsetof(struct lq_input, reserved), 7))
		return lq_refuse(c, -EINVAL, "input %u: reserved bytes are not zero", i);
	return c->info->kind == LQ_KIND_NET ? check_quantiser(c, i, in) :
					      check_no_quantiser(c, i, in);
}

/* Each input is filled in separately: a repeated name would cost twice and add nothing. */
static int check_input_names(const struct lq_check *c)
{
	u32 i, k;

	for (i = 1; i < c->info->n_inputs; i++)
		for (k = 0; k < i; k++)
			if (!memcmp(lq_input_at(c->file, i), lq_input_at(c->file, k), LQ_NAME_LEN))
				return lq_refuse(c, -EINVAL, "input %u: the same as input %u",
						 i, k);
	return 0;
}

static int check_output(const struct lq_check *c, u32 o)
{
	const u8 *out = lq_output_at(c->file, o);
	s16 S = lq_get_s16(out, struct lq_output, S);

	if (!text_ok(out, LQ_NAME_LEN, name_char, false))
		return lq_refuse(c, -EINVAL, "output %u: name is not " LQ_NAME_RULE, o);
	if (!text_ok(out + offsetof(struct lq_output, unit), LQ_UNIT_LEN, unit_char, true))
		return lq_refuse(c, -EINVAL, "output %u: unit is not up to 15 printable characters",
				 o);
	if (lq_get_s32(out, struct lq_output, m) <= 0)
		return lq_refuse(c, -EINVAL, "output %u: scale %d is not positive", o,
				 lq_get_s32(out, struct lq_output, m));
	if (S < -62 || S > 62)
		return lq_refuse(c, -EINVAL, "output %u: shift %d is not within -62 .. 62", o, S);
	if (!all_zero(out + offsetof(struct lq_output, reserved), 6))
		return lq_refuse(c, -EINVAL, "output %u: reserved bytes are not zero", o);
	return 0;
}

static int check_ends(const struct lq_check *c)
{
	u32 i;
	int ret;

	ret = lq_check_len(c, LQ_SECT_INPUTS, c->info->n_inputs, LQ_INPUT_LEN);
	for (i = 0; !ret && i < c->info->n_inputs; i++)
		ret = check_input(c, i);
	if (!ret)
		ret = check_input_names(c);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_OUTPUTS, c->info->n_outputs, LQ_OUTPUT_LEN);
	for (i = 0; !ret && i < c->info->n_outputs; i++)
		ret = check_output(c, i);
	return ret;
}

static int check_golden(const struct lq_check *c)
{
	return lq_check_len(c, LQ_SECT_GOLDEN, c->info->n_golden,
			    4u * (c->info->n_inputs + c->info->n_outputs));
}

int lq_validate(const void *file, size_t len, struct lq_info *info, struct lq_err *err)
{
	struct lq_check c = { .file = file, .len = len, .info = info, .err = err };
	int ret;

	memset(info, 0, sizeof(*info));
	err->msg[0] = '\0';
	ret = check_identity(&c);
	if (!ret)
		ret = check_sums(&c);
	if (!ret)
		ret = check_header(&c);
	if (!ret)
		ret = check_extents(&c);
	if (!ret)
		ret = check_ends(&c);
	if (!ret)
		ret = info->kind == LQ_KIND_NET ? lq_check_net(&c) : lq_check_forest(&c);
	if (!ret)
		ret = check_golden(&c);
	if (ret)
		return ret;
	info->model_bytes = lq_model_size(file, info);
	info->ns = lq_cost(file, info);
	return 0;
}

const struct lq_header *lq_file_header(const void *file)
{
	return file;
}

const struct lq_input *lq_file_input(const void *file, u32 i)
{
	return (const void *)lq_input_at(file, i);
}

const struct lq_output *lq_file_output(const void *file, u32 o)
{
	return (const void *)lq_output_at(file, o);
}

const struct lq_layer *lq_file_layer(const void *file, u32 l)
{
	return (const void *)lq_layer_at(file, l);
}
