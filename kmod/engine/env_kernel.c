// SPDX-License-Identifier: GPL-2.0
/*
 * What the engine needs from the kernel: CRC32C, SHA-256, the CPU's features and registers, and
 * rescheduling.
 */
#include <linux/crc32c.h>
#include <linux/sched.h>
#ifdef CONFIG_X86_64	/* UML too, where CONFIG_X86 is not set */
#include <asm/cpufeature.h>
#ifndef CONFIG_UML
#include <asm/fpu/api.h>
#endif
#endif

#include "../compat/sha256.h"
#include "../compat/simd.h"
#include "model.h"

#define PIECE	(64u << 10)	/* bytes between two pauses */

void lq_pause(void)
{
	cond_resched();
}

void lq_vectors_begin(void)
{
	lf_simd_begin();
}

void lq_vectors_end(void)
{
	lf_simd_end();
}

u32 lq_crc32c(u32 crc, const void *p, size_t len)
{
	for (; len > PIECE; p += PIECE, len -= PIECE) {
		crc = crc32c(crc, p, PIECE);
		lq_pause();
	}
	return crc32c(crc, p, (unsigned int)len);
}

void lq_sha256(const void *p, size_t len, u8 out[LQ_HASH_LEN])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	for (; len > PIECE; p += PIECE, len -= PIECE) {
		sha256_update(&ctx, p, PIECE);
		lq_pause();
	}
	sha256_update(&ctx, p, (unsigned int)len);
	sha256_final(&ctx, out);
}

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#define saves(registers)	cpu_has_xfeatures(registers, NULL)
#else
#define saves(registers)	true	/* UML: as the host does for any program */
#endif

#ifdef CONFIG_X86_64
bool lq_cpu_has_avx2(void)
{
	return boot_cpu_has(X86_FEATURE_AVX2) && saves(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM);
}

bool lq_cpu_has_avx512(void)
{
	return boot_cpu_has(X86_FEATURE_AVX512F) && boot_cpu_has(X86_FEATURE_AVX512BW) &&
	       boot_cpu_has(X86_FEATURE_AVX512DQ) && boot_cpu_has(X86_FEATURE_AVX512VL) &&
	       boot_cpu_has(X86_FEATURE_AVX512_VNNI) &&
	       saves(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM | XFEATURE_MASK_AVX512);
}

/* Zen 4, Sapphire Rapids and later. */
bool lq_cpu_keeps_clock(void)
{
	return boot_cpu_has(X86_FEATURE_AVX512_BF16) && boot_cpu_has(X86_FEATURE_AVX512_VBMI2);
}
#else
bool lq_cpu_has_avx2(void)
{
	return false;
}

bool lq_cpu_has_avx512(void)
{
	return false;
}

bool lq_cpu_keeps_clock(void)
{
	return false;
}
#endif
