/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Force-included before everything else in every file of every module: what differs between the kernels that we
 * support, so that no other file asks for a version. Headers and macros are probed; the version is asked last.
 */
#ifndef LF_COMPAT_H
#define LF_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(8, 0, 0)
#error "LiteFlow supports Linux 6.1 to 7.x"
#endif

#endif /* LF_COMPAT_H */
