// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: the hook
 *
 * How it is used: nft (or iptables) chains before the hook set a request bit in the mark of packets
 * worth a look. The hook asks its slot and writes the verdict into other bits of the mark; chains
 * after it act on those. What other tools list, save and reload is only their own rules. A hook can
 * also drop packets or set a priority itself.
 *
 * Packets without the request bit cost one comparison. Verdict "none" leaves a packet unchanged,
 * unless the map has an entry for it.
 */
#include "nf_lf.h"

#include <linux/module.h>
#include <lq/version.h>

static int __init nfl_init(void)
{
	int rc;

	rc = nfl_hook_init();
	if (rc)
		return rc;
	rc = nfl_netlink_init();
	if (rc)
		nfl_hook_uninit();
	return rc;
}

static void __exit nfl_exit(void)
{
	nfl_netlink_uninit();
	nfl_hook_uninit();
}

module_init(nfl_init);
module_exit(nfl_exit);

MODULE_DESCRIPTION("LiteFlow: netfilter hooks that ask a model");
MODULE_LICENSE("GPL");
MODULE_VERSION(LQ_VERSION);
MODULE_ALIAS_GENL_FAMILY("liteflow-hook");
