/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock of what a CPU has once and uses with bottom halves off.
 *
 * Where bottom halves off keep all other tasks from the CPU, it is lockdep's alone and costs
 * nothing. PREEMPT_RT without PREEMPT_RT_NEEDS_BH_LOCK lets them in, and it is a sleeping lock of
 * the CPU there. Kernels before 6.11 do not have it and do not need it: their PREEMPT_RT takes such
 * a lock in local_bh_disable().
 */
#ifndef LF_COMPAT_LOCAL_LOCK_H
#define LF_COMPAT_LOCAL_LOCK_H

#include <linux/debug_locks.h>	/* which it wants, and does not say */
#include <linux/local_lock.h>

#ifndef local_lock_nested_bh
#define local_lock_nested_bh(lock)	((void)(lock))
#define local_unlock_nested_bh(lock)	((void)(lock))
#endif

#endif /* LF_COMPAT_LOCAL_LOCK_H */
