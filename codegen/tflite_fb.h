/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading FlatBuffers, every access checked.
 *
 * A buffer is a heap of tables, vectors and strings that point to each other by unsigned offsets
 * relative to the offset itself. A table starts with a signed distance back to its vtable: u16 size
 * of the vtable, u16 size of the table, then for each field its u16 offset in the table, 0 if
 * absent. A vector is a u32 count and its elements.
 *
 * Positions are offsets from the start of the file, 0 for "absent". A position or length outside
 * the file sets `bad` and returns 0: a caller may continue and check once at the end of a step. The
 * reader follows no offset on its own, so loops in the heap do no harm.
 */
#ifndef TFLITE_FB_H
#define TFLITE_FB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tflite_fb {
	const uint8_t *p;
	size_t len;
	bool bad;	/* something pointed outside the file */
};

/* Numbers at a position. */
uint8_t tflite_fb_u8(struct tflite_fb *fb, size_t at);
uint16_t tflite_fb_u16(struct tflite_fb *fb, size_t at);
uint32_t tflite_fb_u32(struct tflite_fb *fb, size_t at);
uint64_t tflite_fb_u64(struct tflite_fb *fb, size_t at);
float tflite_fb_f32(struct tflite_fb *fb, size_t at);

/* Position of field n of a table. */
size_t tflite_fb_field(struct tflite_fb *fb, size_t table, unsigned int n);
/* A number in field n, or its default. */
uint8_t tflite_fb_get_u8(struct tflite_fb *fb, size_t table, unsigned int n, uint8_t dflt);
uint32_t tflite_fb_get_u32(struct tflite_fb *fb, size_t table, unsigned int n, uint32_t dflt);
uint64_t tflite_fb_get_u64(struct tflite_fb *fb, size_t table, unsigned int n, uint64_t dflt);
float tflite_fb_get_f32(struct tflite_fb *fb, size_t table, unsigned int n, float dflt);

/* Follows the offset at a position: the one at 0 leads to the root table. */
size_t tflite_fb_follow(struct tflite_fb *fb, size_t at);
/* The table that field n points to. */
size_t tflite_fb_table(struct tflite_fb *fb, size_t table, unsigned int n);
/* First element and count of the vector in field n; all elements are in the file. */
size_t tflite_fb_vector(struct tflite_fb *fb, size_t table, unsigned int n, size_t size,
			uint32_t *count);
/* The table that element i of a vector of tables points to. */
size_t tflite_fb_element(struct tflite_fb *fb, size_t vector, uint32_t count, uint32_t i);
/* The string of field n, cut to size - 1 bytes. */
void tflite_fb_string(struct tflite_fb *fb, size_t table, unsigned int n, char *s, size_t size);

#endif /* TFLITE_FB_H */
