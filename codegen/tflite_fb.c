// SPDX-License-Identifier: GPL-2.0
/* Reading FlatBuffers, every access checked: see tflite_fb.h. */
#include <string.h>
#include <lq/types.h>

#include "tflite_fb.h"

static const uint8_t *tflite_fb_at(struct tflite_fb *fb, size_t at, size_t size)
{
	static const uint8_t none[8];

	if (size <= fb->len && at <= fb->len - size)
		return fb->p + at;
	fb->bad = true;
	return none;
}

uint8_t tflite_fb_u8(struct tflite_fb *fb, size_t at)
{
	return *tflite_fb_at(fb, at, 1);
}

uint16_t tflite_fb_u16(struct tflite_fb *fb, size_t at)
{
	return lq_le16(tflite_fb_at(fb, at, 2));
}

uint32_t tflite_fb_u32(struct tflite_fb *fb, size_t at)
{
	return lq_le32(tflite_fb_at(fb, at, 4));
}

uint64_t tflite_fb_u64(struct tflite_fb *fb, size_t at)
{
	return lq_le64(tflite_fb_at(fb, at, 8));
}

float tflite_fb_f32(struct tflite_fb *fb, size_t at)
{
	uint32_t w = tflite_fb_u32(fb, at);
	float f;

	memcpy(&f, &w, sizeof(f));
	return f;
}

size_t tflite_fb_field(struct tflite_fb *fb, size_t table, unsigned int n)
{
	int64_t vtable;
	uint16_t off;

	if (!table)
		return 0;
	vtable = (int64_t)table - (int32_t)tflite_fb_u32(fb, table);
	if (vtable < 0 || (uint64_t)vtable >= fb->len) {
		fb->bad = true;
		return 0;
	}
	if (4 + 2 * n + 2 > tflite_fb_u16(fb, vtable))
		return 0;	/* the field is unknown to the writer */
	off = tflite_fb_u16(fb, vtable + 4 + 2 * n);
	return off ? table + off : 0;
}

uint8_t tflite_fb_get_u8(struct tflite_fb *fb, size_t table, unsigned int n, uint8_t dflt)
{
	size_t at = tflite_fb_field(fb, table, n);

	return at ? tflite_fb_u8(fb, at) : dflt;
}

uint32_t tflite_fb_get_u32(struct tflite_fb *fb, size_t table, unsigned int n, uint32_t dflt)
{
	size_t at = tflite_fb_field(fb, table, n);

	return at ? tflite_fb_u32(fb, at) : dflt;
}

uint64_t tflite_fb_get_u64(struct tflite_fb *fb, size_t table, unsigned int n, uint64_t dflt)
{
	size_t at = tflite_fb_field(fb, table, n);

	return at ? tflite_fb_u64(fb, at) : dflt;
}

float tflite_fb_get_f32(struct tflite_fb *fb, size_t table, unsigned int n, float dflt)
{
	size_t at = tflite_fb_field(fb, table, n);

	return at ? tflite_fb_f32(fb, at) : dflt;
}

size_t tflite_fb_follow(struct tflite_fb *fb, size_t at)
{
	size_t to = at + tflite_fb_u32(fb, at);

	if (to != at && to < fb->len)
		return to;
	fb->bad = true;
	return 0;
}

size_t tflite_fb_table(struct tflite_fb *fb, size_t table, unsigned int n)
{
	size_t at = tflite_fb_field(fb, table, n);

	return at ? tflite_fb_follow(fb, at) : 0;
}

size_t tflite_fb_vector(struct tflite_fb *fb, size_t table, unsigned int n, size_t size,
			uint32_t *count)
{
	size_t at = tflite_fb_table(fb, table, n);

	*count = 0;
	if (!at)
		return 0;
	*count = tflite_fb_u32(fb, at);
	if (!fb->bad && *count <= (fb->len - at - 4) / size)
		return at + 4;
	fb->bad = true;
	*count = 0;
	return 0;
}

size_t tflite_fb_element(struct tflite_fb *fb, size_t vector, uint32_t count, uint32_t i)
{
	if (!vector || i >= count) {
		fb->bad = true;
		return 0;
	}
	return tflite_fb_follow(fb, vector + 4 * (size_t)i);
}

void tflite_fb_string(struct tflite_fb *fb, size_t table, unsigned int n, char *s, size_t size)
{
	uint32_t len;
	size_t at = tflite_fb_vector(fb, table, n, 1, &len);

	if (len > size - 1)
		len = size - 1;
	if (len)
		memcpy(s, tflite_fb_at(fb, at, len), len);
	s[len] = '\0';
}
