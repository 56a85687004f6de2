/* SPDX-License-Identifier: GPL-2.0 */
/* Incremental SHA-256: the context got its present name in 6.17. */
#ifndef LF_COMPAT_SHA256_H
#define LF_COMPAT_SHA256_H

#include <linux/version.h>
#include <crypto/sha2.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define sha256_ctx sha256_state
#endif

#endif /* LF_COMPAT_SHA256_H */
