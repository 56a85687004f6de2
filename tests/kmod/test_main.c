// SPDX-License-Identifier: GPL-2.0
/* Runs all tests at insmod, says `N passed, N failed`, and stays loaded only if none failed. */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include "test.h"

struct workqueue_struct *lf_wq;		/* kmod/main.c's */

unsigned int lf_passed, lf_failed;
bool lf_quick;
module_param_named(quick, lf_quick, bool, 0444);
MODULE_PARM_DESC(quick,
		 "a smaller flood, no million flows, no measurements: for emulated machines");

bool lf_check(bool ok, const char *what, const char *name, s64 got, s64 want)
{
	if (ok) {
		lf_passed++;
		return true;
	}
	if (lf_failed++ < 100)
		pr_info("lf_kmod_test: FAILED %s%s%s: %lld, not %lld\n", name, *name ? ": " : "",
			what, got, want);
	return false;
}

static int run(void *done)
{
	test_parse();
	test_feature();
	test_table();
	test_frags();
	kthread_complete_and_exit(done, 0);
}

/*
 * In a thread of its own: insmod has used a third of its stack, and a debugging kernel needs more
 * than the rest.
 */
static int __init lf_kmod_test_init(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *task;

	lf_wq = alloc_workqueue("lf_kmod_test", WQ_UNBOUND, 0);
	if (!lf_wq)
		return -ENOMEM;
	task = kthread_run(run, &done, "lf_kmod_test");
	if (IS_ERR(task)) {
		destroy_workqueue(lf_wq);
		return PTR_ERR(task);
	}
	wait_for_completion(&done);
	destroy_workqueue(lf_wq);
	pr_info("lf_kmod_test: %u passed, %u failed\n", lf_passed, lf_failed);
	return lf_failed ? -EINVAL : 0;
}

static void __exit lf_kmod_test_exit(void)
{
}

module_init(lf_kmod_test_init);
module_exit(lf_kmod_test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tests of LiteFlow's feature extractor and flow table");
