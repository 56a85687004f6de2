/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Integer types and the few helpers that the shared sources (include/lq, kmod/engine) use on both
 * sides: the kernel's own in the kernel, made from <stdint.h> and <string.h> on the host.
 */
#ifndef LQ_TYPES_H
#define LQ_TYPES_H

#ifdef __KERNEL__

#include <linux/types.h>
#include <linux/string.h>
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/stddef.h>

#else

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif
#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif

#endif /* __KERNEL__ */

/* Load the file's little-endian fields byte by byte: no alignment or byte order is assumed. */
static inline u16 lq_le16(const void *p)
{
	const u8 *b = p;

	return (u16)(b[0] | b[1] << 8);
}

static inline u32 lq_le32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] | (u32)b[1] << 8 | (u32)b[2] << 16 | (u32)b[3] << 24;
}

static inline u64 lq_le64(const void *p)
{
	const u8 *b = p;

	return (u64)lq_le32(b) | (u64)lq_le32(b + 4) << 32;
}

#endif /* LQ_TYPES_H */
