/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Vector registers in the kernel. lf_simd_usable() says whether this context may begin a section:
 * on 6.1 and 6.12, a softirq that interrupted a task's section may not, and takes a scalar path.
 */
#ifndef LF_COMPAT_SIMD_H
#define LF_COMPAT_SIMD_H

#include <linux/types.h>

#if defined(CONFIG_X86) || defined(CONFIG_UML)
#include <asm/fpu/api.h>

static inline bool lf_simd_usable(void)
{
	return irq_fpu_usable();
}

static inline void lf_simd_begin(void)
{
	kernel_fpu_begin();
}

static inline void lf_simd_end(void)
{
	kernel_fpu_end();
}
#else
static inline bool lf_simd_usable(void)
{
	return false;
}

static inline void lf_simd_begin(void)
{
}

static inline void lf_simd_end(void)
{
}
#endif

#endif /* LF_COMPAT_SIMD_H */
