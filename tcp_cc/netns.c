// SPDX-License-Identifier: GPL-2.0
/*
 * The attachment "tcp" of each network namespace, and the sysctl net.liteflow.tcp_slot that names
 * its slot.
 *
 * A socket's namespace outlives the socket, except for the kernel's own sockets, which hold no
 * reference to it. So connections hold a reference to struct lft_net, and find the attachment gone
 * once the namespace is.
 */
#include "conn.h"

#include <linux/slab.h>
#include <net/netns/generic.h>
#include "../kmod/compat/tcp_compat.h"

#define DEFAULT_SLOT	"tcp"

struct lft_net {
	struct lf_attach __rcu *attach;
	struct lf_attach *last;		/* the same, between the steps of the namespace's end */
	refcount_t refs;
	struct ctl_table_header *sysctl;
	struct ctl_table table[2];
};

static unsigned int net_id __read_mostly;

static struct lft_net **of_net(const struct net *net)
{
	return net_generic(net, net_id);
}

struct lft_net *lft_net_get(const struct net *net)
{
	struct lft_net *ln = *of_net(net);

	refcount_inc(&ln->refs);
	return ln;
}

void lft_net_put(struct lft_net *ln)
{
	if (refcount_dec_and_test(&ln->refs))
		kfree(ln);
}

struct lf_attach *lft_net_attach(const struct lft_net *ln)
{
	return rcu_dereference(ln->attach);
}

static void netns_describe(void *priv, struct lf_attach_desc *desc)
{
	strscpy(desc->label, "liteflow", sizeof(desc->label));
}

static const struct lf_attach_ops attach_ops = {
	.kind = LITEFLOW_ATTACH_KIND_TCP,
	.describe = netns_describe,
};

/* --- net.liteflow.tcp_slot --- */

static int set_slot(struct lft_net *ln, const char *name)
{
	struct netlink_ext_ack extack = { };
	int rc;

	rc = lf_attach_set_slot(rcu_dereference_protected(ln->attach, 1), name, &extack);
	if (rc)
		net_notice_ratelimited("liteflow: net.liteflow.tcp_slot: %s\n",
				       extack._msg ?: "no memory");
	return rc;
}

static int slot_handler(lf_ctl_table *table, int write, void *buffer, size_t *lenp, loff_t *ppos)
{
	struct lft_net *ln = table->extra1;
	/* One byte longer than a name: a truncated name would pass for another one. */
	char name[LITEFLOW_SLOT_NAME_LEN + 1];
	struct ctl_table tmp = { .data = name, .maxlen = sizeof(name), .mode = table->mode };
	int rc;

	lf_attach_slot(rcu_dereference_protected(ln->attach, 1), name);
	rc = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (!rc && write)
		rc = set_slot(ln, name);
	return rc;
}

static int sysctl_register(struct net *net, struct lft_net *ln)
{
	ln->table[0] = (struct ctl_table){
		.procname = "tcp_slot",
		.maxlen = LITEFLOW_SLOT_NAME_LEN,
		.mode = 0644,
		.proc_handler = slot_handler,
		.extra1 = ln,
	};
	ln->sysctl = lf_register_net_sysctl(net, "net/liteflow", ln->table, 1);
	return ln->sysctl ? 0 : -ENOMEM;
}

/* --- life --- */

static int netns_attach(struct net *net, struct lft_net *ln)
{
	struct lf_attach_cfg cfg = { .slot = DEFAULT_SLOT };
	struct lf_attach *a = lf_attach_create(net, &attach_ops, ln, &cfg, NULL);

	if (IS_ERR(a))
		return PTR_ERR(a);
	rcu_assign_pointer(ln->attach, a);
	return 0;
}

static int __net_init net_init(struct net *net)
{
	struct lft_net *ln = kzalloc(sizeof(*ln), GFP_KERNEL_ACCOUNT);
	int rc;

	if (!ln)
		return -ENOMEM;
	refcount_set(&ln->refs, 1);
	rc = netns_attach(net, ln);
	if (rc)
		goto put;
	rc = sysctl_register(net, ln);
	if (rc)
		goto detach;
	*of_net(net) = ln;
	return 0;
detach:
	lf_attach_destroy(rcu_dereference_protected(ln->attach, 1));
put:
	lft_net_put(ln);
	return rc;
}

/* The attachment can no longer be found. */
static void __net_exit net_pre_exit(struct net *net)
{
	struct lft_net *ln = *of_net(net);

	unregister_net_sysctl_table(ln->sysctl);
	ln->last = rcu_dereference_protected(ln->attach, 1);
	RCU_INIT_POINTER(ln->attach, NULL);
}

/* A grace period has passed since. */
static void __net_exit net_exit(struct net *net)
{
	struct lft_net *ln = *of_net(net);

	lf_attach_destroy(ln->last);
	lft_net_put(ln);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct lft_net *),
};

int lft_net_register(void)
{
	return register_pernet_subsys(&net_ops);
}

void lft_net_unregister(void)
{
	unregister_pernet_subsys(&net_ops);
}
