// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: LiteFlow
 *
 * Small quantised models in the network datapath. A *snapshot* is a model as data: uploaded,
 * proved, immutable. A *slot* is a named place in a network namespace where snapshots take turns;
 * each turn is a *generation*. An *attachment* (queueing discipline, netfilter hook, xtables rule,
 * congestion control) names a slot and asks lf_infer_skb() for a *verdict* on each packet. If slot,
 * snapshot, memory or time is missing, the verdict is "none", and the attachment does what it would
 * do without us.
 *
 * Three paths through the code, each through few files:
 *
 *	packet	infer.c: packet.c, flow.c, feature.c, state.h, engine/, verdict.c
 *	sample	infer.c, batch.c, netlink.c
 *	model	nl_snapshot.c, upload.c, snapshot.c, engine/; nl_slot.c, slot.c, generation.c,
 *		bind.c, map.c
 *
 * README.md describes ownership and locking.
 *
 * DOC: ends
 *
 * A network namespace: attachments of devices, and of modules loaded after this one, go before our
 * lf_net_exit(), since namespaces are torn down in reverse order of registration. Those that do not
 * (rules of tables registered before us) are cut off from their slots and stay harmless until their
 * owner destroys them. A destroyed attachment leaves its flows to a worker, since they may be many
 * and its owner may hold RTNL; the namespace waits for the worker.
 *
 * The module: every attachment's module needs our symbols, so none is left. The family goes first,
 * then the namespaces' slots. After that nothing is queued any more, and we wait for all
 * outstanding grace periods.
 */
#include "core.h"

#include <linux/module.h>
#include <linux/user_namespace.h>
#include <lq/version.h>
#include "attach.h"
#include "budget.h"
#include "generation.h"
#include "guard.h"
#include "model.h"
#include "netlink.h"
#include "room.h"
#include "scratch.h"
#include "slot.h"
#include "snapshot.h"
#include "upload.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int __net_init lf_net_init(struct net *net)
{
	struct lf_net *ln = lf_net(net);

	INIT_LIST_HEAD(&ln->slots);
	INIT_LIST_HEAD(&ln->attaches);
	ln->net = net;
	ln->room = lf_room_create(net->user_ns == &init_user_ns ? LF_FLOWS_MAX : LF_FLOWS_USER_MAX);
	if (!ln->room)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	list_add_tail(&ln->in_all, &lf_nets);
	mutex_unlock(&lf_mutex);
	return 0;
}

/* Namespaces that end together share one grace period. */
static void __net_exit lf_net_exit(struct list_head *nets)
{
	struct net *net;
	LIST_HEAD(ended);

	list_for_each_entry(net, nets, exit_list) {
		lf_attach_wait(lf_net(net));
		mutex_lock(&lf_mutex);
		lf_slot_exit_net(lf_net(net), &ended);
		lf_attach_exit_net(lf_net(net));
		list_del(&lf_net(net)->in_all);
		mutex_unlock(&lf_mutex);
	}
	lf_slot_end_streams(&ended);
	list_for_each_entry(net, nets, exit_list)
		lf_room_put(lf_net(net)->room);
}

static struct pernet_operations lf_net_ops = {
	.init = lf_net_init,
	.exit_batch = lf_net_exit,
	.id = &lf_net_id,
	.size = sizeof(struct lf_net),
};

static int __init lf_init(void)
{
	int rc;

	rc = lf_scratch_init();
	if (rc)
		return rc;
	rc = lf_budget_init();
	if (rc)
		goto uninit_scratch;
	rc = -ENOMEM;
	lf_wq = alloc_workqueue("liteflow", WQ_UNBOUND, 0);
	if (!lf_wq)
		goto uninit_budget;
	lf_model_init();
	rc = register_pernet_subsys(&lf_net_ops);
	if (rc)
		goto destroy_wq;
	rc = lf_upload_init();
	if (rc)
		goto unregister_net;
	rc = lf_nl_init();
	if (rc)
		goto uninit_upload;
	return 0;

uninit_upload:
	lf_upload_uninit();
unregister_net:
	unregister_pernet_subsys(&lf_net_ops);
destroy_wq:
	destroy_workqueue(lf_wq);
uninit_budget:
	lf_budget_uninit();
uninit_scratch:
	lf_scratch_uninit();
	return rc;
}

static void __exit lf_exit(void)
{
	lf_nl_uninit();
	lf_upload_uninit();
	unregister_pernet_subsys(&lf_net_ops);
	/* Attachments whose flows have not ended yet. */
	flush_workqueue(lf_wq);
	lf_guard_uninit();
	lf_gen_uninit();
	/* Generations and slots: first their grace periods, then their work. */
	rcu_barrier();
	flush_workqueue(lf_wq);
	lf_snapshot_uninit();
	/* kfree_rcu() may still hold memory, but nothing else. */
	destroy_workqueue(lf_wq);
	lf_budget_uninit();
	lf_scratch_uninit();
}

module_init(lf_init);
module_exit(lf_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LiteFlow: quantised models in the network datapath");
MODULE_VERSION(LQ_VERSION);
MODULE_ALIAS_GENL_FAMILY("liteflow");
