// SPDX-License-Identifier: GPL-2.0
/*
 * xt_LITEFLOW.ko: models in the rules of iptables and ip6tables, of both kinds (legacy tables, and
 * nf_tables through its compatibility layer). Ebtables and arptables have other verdicts and no use
 * for it.
 */
#include <linux/module.h>
#include <lq/version.h>
#include "xt.h"

static int __init lfx_init(void)
{
	int rc;

	rc = xt_register_targets(lfx_targets, ARRAY_SIZE(lfx_targets));
	if (rc)
		return rc;
	rc = xt_register_matches(lfx_matches, ARRAY_SIZE(lfx_matches));
	if (rc)
		xt_unregister_targets(lfx_targets, ARRAY_SIZE(lfx_targets));
	return rc;
}

static void __exit lfx_exit(void)
{
	xt_unregister_matches(lfx_matches, ARRAY_SIZE(lfx_matches));
	xt_unregister_targets(lfx_targets, ARRAY_SIZE(lfx_targets));
}

module_init(lfx_init);
module_exit(lfx_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(LQ_VERSION);
MODULE_DESCRIPTION("Xtables: packets classified by a LiteFlow model, target and match");
MODULE_SOFTDEP("pre: nf_log_syslog");	/* for rules with --log that nft_compat adds */
/* The aliases that the kernel requests when a rule names the target or the match. */
MODULE_ALIAS("ipt_LITEFLOW");
MODULE_ALIAS("ip6t_LITEFLOW");
MODULE_ALIAS("ipt_liteflow");
MODULE_ALIAS("ip6t_liteflow");
