/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock for per-CPU data that is used with bottom halves off.
 *
 * Where disabling bottom halves keeps all other tasks off the CPU, it only serves lockdep and costs
 * nothing. PREEMPT_RT without PREEMPT_RT_NEEDS_BH_LOCK lets them in; there it is a sleeping lock of
 * the CPU. Kernels before 6.11 do not have it and do not need it: their PREEMPT_RT takes such a
 * lock in local_bh_disable().
 */
#ifndef LF_COMPAT_LOCAL_LOCK_H
#define LF_COMPAT_LOCAL_LOCK_H

#include <linux/debug_locks.h>	/* needed by the next one, which does not include it */
#include <linux/local_lock.h>

#ifndef local_lock_nested_bh
#define local_lock_nested_bh(lock)	((void)(lock))
#define local_unlock_nested_bh(lock)	((void)(lock))
#endif

#endif /* LF_COMPAT_LOCAL_LOCK_H */
