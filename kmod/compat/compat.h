/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Force-included first in every file of every module. Differences between the kernels that we
 * support are handled in compat/ only, so that no other file checks a version. Headers and macros
 * are probed; the version is checked only as a last resort.
 */
#ifndef LF_COMPAT_H
#define LF_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(8, 0, 0)
#error "LiteFlow supports Linux 6.1 to 7.x"
#endif

/*
 * For variables on the path of each packet whose every field a callee fills in. Distribution
 * kernels clear all automatic variables (CONFIG_INIT_STACK_ALL_ZERO), for which gcc uses `rep stos`
 * from some 64 bytes on: ten nanoseconds each.
 */
#if defined(__CHECKER__) || !__has_attribute(__uninitialized__)
#define LF_FILLED_IN
#else
#define LF_FILLED_IN __attribute__((__uninitialized__))
#endif

#endif /* LF_COMPAT_H */
