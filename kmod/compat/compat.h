/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Force-included before everything else in every file of every module: what differs between the
 * kernels that we support, so that no other file asks for a version. Headers and macros are probed;
 * the version is asked last.
 */
#ifndef LF_COMPAT_H
#define LF_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(8, 0, 0)
#error "LiteFlow supports Linux 6.1 to 7.x"
#endif

/*
 * For variables of each packet's way that a callee fills in, every field of them. Distributions'
 * kernels clear all automatic variables (CONFIG_INIT_STACK_ALL_ZERO), which gcc does by `rep stos`
 * from some 64 bytes on: ten nanoseconds each.
 */
#if defined(__CHECKER__) || !__has_attribute(__uninitialized__)
#define LF_FILLED_IN
#else
#define LF_FILLED_IN __attribute__((__uninitialized__))
#endif

#endif /* LF_COMPAT_H */
