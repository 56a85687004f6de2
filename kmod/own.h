/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ownership of per-CPU data: one task at a time, with bottom halves off from take to release.
 *
 * Another task on the same CPU waits (PREEMPT_RT only; elsewhere there can be none). The same task
 * does not wait: a nested request, from a probe for example, gets false and does without. So does a
 * hard interrupt, which must not wait. The owner may take other owns and spinlocks, but must not
 * send a packet: that would come back here.
 */
#ifndef LF_OWN_H
#define LF_OWN_H

#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include "compat/local_lock.h"

struct lf_own {
	local_lock_t lock;
	struct task_struct *task;
};

static inline void lf_own_init(struct lf_own __percpu *own)
{
	int cpu;

	for_each_possible_cpu(cpu)
		local_lock_init(&per_cpu_ptr(own, cpu)->lock);
}

/* In an interrupt, `current` is the interrupted task: it looks like the owner if that task is. */
static inline bool lf_own_take(struct lf_own __percpu *own)
{
	if (unlikely(this_cpu_read(own->task) == current ||
		     preempt_count() & (NMI_MASK | HARDIRQ_MASK)))
		return false;
	local_lock_nested_bh(&own->lock);
	this_cpu_write(own->task, current);
	barrier();	/* before any access to what it owns */
	return true;
}

static inline void lf_own_release(struct lf_own __percpu *own)
{
	barrier();
	this_cpu_write(own->task, NULL);
	local_unlock_nested_bh(&own->lock);
}

#endif /* LF_OWN_H */
