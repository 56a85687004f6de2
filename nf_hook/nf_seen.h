/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that a hook has asked about and that will come to it again (nf_vrf.h). A packet has no
 * room to record that, but nearly always it comes again soon on the same CPU. So each CPU keeps the
 * addresses of the last few. Each packet is added at its first pass, or removed, so an address
 * never belongs to an earlier packet. A packet that is not found, because it was delayed in between
 * or displaced by others, counts twice.
 */
#ifndef NF_SEEN_H
#define NF_SEEN_H

#include <linux/percpu.h>
#include <linux/skbuff.h>

#define NFL_SEEN	16	/* twice what the receive path passes on at once */

struct nfl_seen {
	const struct sk_buff *skb[NFL_SEEN];
	unsigned int next;
};

static inline bool nfl_seen_find(const struct nfl_seen __percpu *seen, const struct sk_buff *skb)
{
	const struct nfl_seen *here = this_cpu_ptr(seen);
	unsigned int i;

	for (i = 0; i < NFL_SEEN; i++)
		if (READ_ONCE(here->skb[i]) == skb)
			return true;
	return false;
}

static inline void nfl_seen_note(struct nfl_seen __percpu *seen, const struct sk_buff *skb,
				 bool asked)
{
	struct nfl_seen *here = this_cpu_ptr(seen);
	unsigned int i;

	for (i = 0; i < NFL_SEEN; i++)
		if (READ_ONCE(here->skb[i]) == skb)
			break;
	if (i == NFL_SEEN && !asked)
		return;
	if (i == NFL_SEEN) {
		i = READ_ONCE(here->next) % NFL_SEEN;
		WRITE_ONCE(here->next, i + 1);
	}
	WRITE_ONCE(here->skb[i], asked ? skb : NULL);
}

#endif /* NF_SEEN_H */
