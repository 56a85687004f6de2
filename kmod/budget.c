// SPDX-License-Identifier: GPL-2.0
/*
 * Where a packet's time goes: /sys/kernel/debug/liteflow/budget.
 *
 * Writing 1 clears the sums and starts, writing 0 stops. While off (the default), a packet pays for
 * one static branch per step. While on, the clock is read at the end of each step, and the time
 * since the previous reading is added to the step's sum on this CPU.
 *
 * Reading the clock costs as much as a small step. Its cost is measured when the budget is switched
 * on and shown as clock_ns; each step of the table includes one reading, to be subtracted. To prove
 * that nothing is missing, every second packet's walk is measured as a whole instead, as the step
 * "walk": the steps above it must add up to that.
 *
 *	clock_ns NANOSECONDS
 *	STEP PACKETS NANOSECONDS	for each step, sums since the beginning, the clock's share
 *					included
 */
#include "budget.h"

#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include "stats.h"

#define CLOCK_READINGS	1000	/* from which clock_ns is taken */
/* a step that took longer was interrupted, or the hypervisor took its CPU: not counted */
#define INTERRUPTED_NS	100000

static const char *const names[LF_STEPS] = {
	[LF_STEP_PARSE] = "parse",
	[LF_STEP_LOOKUP] = "look-up",
	[LF_STEP_UPDATE] = "statistics",
	[LF_STEP_FEATURES] = "features",
	[LF_STEP_MODEL] = "model",
	[LF_STEP_VERDICT] = "verdict",
	[LF_STEP_WALK] = "walk",
	[LF_STEP_ENQUEUE] = "enqueue",
	[LF_STEP_CHILD] = "child",
	[LF_STEP_DEQUEUE] = "dequeue",
};

DEFINE_STATIC_KEY_FALSE(lf_budget_key);
EXPORT_SYMBOL_GPL(lf_budget_key);

static DEFINE_MUTEX(lock);			/* for the switch */
static struct lf_counters __percpu *sums;	/* packets of each step, then nanoseconds of each */
static DEFINE_PER_CPU(unsigned int, turn);
static u64 clock_ns;
static struct dentry *dir;

u64 __lf_budget_lap(enum lf_step step, u64 from)
{
	u64 now = ktime_get_ns();

	if (from && now - from < INTERRUPTED_NS) {
		lf_counters_inc(sums, step);
		lf_counters_add(sums, LF_STEPS + step, now - from);
	}
	return now;
}
EXPORT_SYMBOL_GPL(__lf_budget_lap);

bool __lf_budget_whole(void)
{
	return this_cpu_inc_return(turn) & 1;
}

static u64 clock_cost(void)
{
	u64 from = ktime_get_ns(), now = from;
	int i;

	for (i = 0; i < CLOCK_READINGS; i++)
		now = ktime_get_ns();
	return div_u64(now - from, CLOCK_READINGS);
}

static void budget_clear(void)
{
	int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < 2 * LF_STEPS; i++)
			u64_stats_set(&per_cpu_ptr(sums, cpu)->n[i], 0);
}

static int budget_show(struct seq_file *m, void *unused)
{
	int i;

	seq_printf(m, "clock_ns %llu\n", READ_ONCE(clock_ns));
	for (i = 0; i < LF_STEPS; i++)
		seq_printf(m, "%s %llu %llu\n", names[i], lf_counters_sum(sums, i),
			   lf_counters_sum(sums, LF_STEPS + i));
	return 0;
}

static int budget_open(struct inode *inode, struct file *file)
{
	return single_open(file, budget_show, NULL);
}

static ssize_t budget_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	bool on;
	int rc = kstrtobool_from_user(buf, len, &on);

	if (rc)
		return rc;
	mutex_lock(&lock);
	if (on && !static_key_enabled(&lf_budget_key)) {
		budget_clear();
		WRITE_ONCE(clock_ns, clock_cost());
		static_branch_enable(&lf_budget_key);
	} else if (!on) {
		static_branch_disable(&lf_budget_key);
	}
	mutex_unlock(&lock);
	return len;
}

static const struct file_operations budget_fops = {
	.owner = THIS_MODULE,
	.open = budget_open,
	.read = seq_read,
	.write = budget_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* Without debugfs there is no budget; everything else works. */
int lf_budget_init(void)
{
	sums = lf_counters_create(2 * LF_STEPS);
	if (!sums)
		return -ENOMEM;
	dir = debugfs_create_dir("liteflow", NULL);
	debugfs_create_file("budget", 0600, dir, NULL, &budget_fops);
	return 0;
}

/* No packet is being processed any more. */
void lf_budget_uninit(void)
{
	debugfs_remove_recursive(dir);
	lf_counters_destroy(sums);
}
