// SPDX-License-Identifier: GPL-2.0
/* What the engine needs of the kernel: CRC32C, SHA-256, the CPU's features. */
#include <linux/crc32c.h>
#include <crypto/sha2.h>
#ifdef CONFIG_X86_64	/* UML too, where CONFIG_X86 is not set */
#include <asm/cpufeature.h>
#ifndef CONFIG_UML
#include <asm/fpu/api.h>
#endif
#endif

#include "model.h"

u32 lq_crc32c(u32 crc, const void *p, size_t len)
{
	return crc32c(crc, p, (unsigned int)len);
}

void lq_sha256(const void *p, size_t len, u8 out[LQ_HASH_LEN])
{
	sha256(p, (unsigned int)len, out);
}

bool lq_cpu_has_avx2(void)
{
#if !defined(CONFIG_X86_64)
	return false;
#elif defined(CONFIG_UML)
	return boot_cpu_has(X86_FEATURE_AVX2);
#else
	return boot_cpu_has(X86_FEATURE_AVX2) && cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM, NULL);
#endif
}
