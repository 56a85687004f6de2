/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns what a CPU has once: one task at a time, with bottom halves off from take to release.
 *
 * Another task of the same CPU waits (PREEMPT_RT; elsewhere none can come). The same task does not:
 * what asks within what it asked, a probe say, gets false and goes without. So does a hard
 * interrupt, which may not wait. Whoever owns may take other owns and spinlocks, but send no
 * packet: that would come back here.
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

/*
 * An interrupt goes by the name of the task that it interrupts, so it finds itself to be the owner.
 */
static inline bool lf_own_take(struct lf_own __percpu *own)
{
	if (unlikely(this_cpu_read(own->task) == current ||
		     preempt_count() & (NMI_MASK | HARDIRQ_MASK)))
		return false;
	local_lock_nested_bh(&own->lock);
	this_cpu_write(own->task, current);
	barrier();	/* what it owns, behind this */
	return true;
}

static inline void lf_own_release(struct lf_own __percpu *own)
{
	barrier();
	this_cpu_write(own->task, NULL);
	local_unlock_nested_bh(&own->lock);
}

#endif /* LF_OWN_H */
