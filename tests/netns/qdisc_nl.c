// SPDX-License-Identifier: GPL-2.0
/*
 * What tc would never send: requests for a liteflow qdisc that are wrong in ways that the plugin of tc does not let
 * through. The kernel must refuse each, with the sentence given, and leave what was there as it was.
 *
 *	qdisc_nl DEVICE		on which there is a liteflow qdisc 1: at the root
 *
 * Closes with "N passed, N failed, 0 skipped".
 */
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/pkt_sched_liteflow.h>
#include <linux/rtnetlink.h>

#define NESTED NLA_F_NESTED

static void bands_0(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_BANDS, 0); }
static void bands_17(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_BANDS, 17); }
static void bands_255(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_BANDS, 255); }
static void bands_wide(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_BANDS, 3); }
static void mode_2(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_MODE, 2); }
static void limit_0(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_LIMIT, 0); }
static void limit_short(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_LIMIT, 9); }
static void ecn_2(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_ECN, 2); }
static void idle_0(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_IDLE, 0); }
static void flows_1(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_FLOWS, 1); }
static void default_255(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_DEFAULT, 255); }
static void protocol_2(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_PROTOCOL, 2); }
static void unknown(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_MAX + 1, 1); }
static void unspec(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_UNSPEC, 1); }
static void pad(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_PAD, 1); }
static void slot_empty(struct nlmsghdr *n) { mnl_attr_put_strz(n, TCA_LITEFLOW_SLOT, ""); }
static void slot_slash(struct nlmsghdr *n) { mnl_attr_put_strz(n, TCA_LITEFLOW_SLOT, "../x"); }
static void slot_8bit(struct nlmsghdr *n) { mnl_attr_put_strz(n, TCA_LITEFLOW_SLOT, "\xc3\xa9"); }
static void slot_open(struct nlmsghdr *n) { mnl_attr_put(n, TCA_LITEFLOW_SLOT, 4, "abcd"); }
static void slot_32(struct nlmsghdr *n) { mnl_attr_put_strz(n, TCA_LITEFLOW_SLOT, "01234567890123456789012345678901"); }

static void slot_4000(struct nlmsghdr *n)
{
	char s[4001];

	memset(s, 'a', 4000);
	s[4000] = '\0';
	mnl_attr_put_strz(n, TCA_LITEFLOW_SLOT, s);
}

static void trailing(struct nlmsghdr *n)
{
	memset(mnl_nlmsg_get_payload_tail(n), 0, 4);
	n->nlmsg_len += 2;
}

static void entry(struct nlmsghdr *n, const char *class, int band)
{
	struct nlattr *e = mnl_attr_nest_start(n, TCA_LITEFLOW_MAP_ENTRY);

	if (class)
		mnl_attr_put_strz(n, TCA_LITEFLOW_MAP_CLASS, class);
	if (band >= 0)
		mnl_attr_put_u8(n, TCA_LITEFLOW_MAP_BAND, band);
	mnl_attr_nest_end(n, e);
}

static void map(struct nlmsghdr *n, const char *class, int band)
{
	struct nlattr *m = mnl_attr_nest_start(n, TCA_LITEFLOW_MAP);

	entry(n, class, band);
	mnl_attr_nest_end(n, m);
}

static void map_no_class(struct nlmsghdr *n) { map(n, NULL, 0); }
static void map_no_band(struct nlmsghdr *n) { map(n, "a", -1); }
static void map_band_3(struct nlmsghdr *n) { map(n, "a", 3); }
static void map_band_255(struct nlmsghdr *n) { map(n, "a", 255); }
static void map_empty_name(struct nlmsghdr *n) { map(n, "", 0); }
static void map_large(struct nlmsghdr *n) { map(n, "9223372036854775808", 0); }
static void map_flat(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_MAP, 0); }

static void map_65(struct nlmsghdr *n)
{
	struct nlattr *m = mnl_attr_nest_start(n, TCA_LITEFLOW_MAP);
	char name[8];
	int i;

	for (i = 0; i < 65; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		entry(n, name, 0);
	}
	mnl_attr_nest_end(n, m);
}

static void map_stranger(struct nlmsghdr *n)
{
	struct nlattr *m = mnl_attr_nest_start(n, TCA_LITEFLOW_MAP);

	mnl_attr_put_u32(n, TCA_LITEFLOW_MAP_BAND, 0);
	mnl_attr_nest_end(n, m);
}

static void list(struct nlmsghdr *n, int nest_type, int type, unsigned int from, unsigned int count, unsigned int step)
{
	struct nlattr *l = mnl_attr_nest_start(n, nest_type);
	unsigned int i;

	for (i = 0; i < count; i++)
		mnl_attr_put_u32(n, type, from + i * step);
	mnl_attr_nest_end(n, l);
}

static void quantum_0(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 0, 1, 1); }
static void quantum_max(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 0xffffffff, 1, 1); }
static void quanta_4(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 1, 4, 1); }
static void quanta_1000(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 1, 1000, 1); }
static void quanta_phases(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_PHASE, 1, 1, 1); }
static void phases_none(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 1, 0, 1); }
static void phases_0(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 0, 1, 1); }
static void phases_same(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 5, 2, 0); }
static void phases_17(struct nlmsghdr *n) { list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 1, 17, 1); }

static void both(struct nlmsghdr *n)
{
	mnl_attr_put_u32(n, TCA_LITEFLOW_EVERY, 1);
	list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 1, 1, 1);
}

#define NAME_SENTENCE(what) what " name must have 1 to 31 of the characters A-Z a-z 0-9 . _ -"

static const struct row {
	const char *name;
	void (*put)(struct nlmsghdr *n);
	int type;				/* of the nest; 0: TCA_OPTIONS with its flag */
	int error;
	const char *sentence;			/* NULL: the kernel's own words will do */
} rows[] = {
	{ "options that are no nest", bands_0, TCA_OPTIONS, EINVAL, "NLA_F_NESTED is missing" },
	{ "bands 0", bands_0, 0, EINVAL, "liteflow: bands must be 1 to 16" },
	{ "bands 17", bands_17, 0, EINVAL, "liteflow: bands must be 1 to 16" },
	{ "bands 255", bands_255, 0, EINVAL, "liteflow: bands must be 1 to 16" },
	{ "bands as u32", bands_wide, 0, EINVAL, NULL },
	{ "mode 2", mode_2, 0, EINVAL, "liteflow: mode must be strict or drr" },
	{ "limit 0", limit_0, 0, EINVAL, "liteflow: limit must be at least 1 packet" },
	{ "limit as u8", limit_short, 0, EINVAL, NULL },
	{ "ecn 2", ecn_2, 0, EINVAL, "liteflow: ecn must be 0 or 1" },
	{ "idle 0", idle_0, 0, EINVAL, "liteflow: idle must be at least 1 ms" },
	{ "flows 1", flows_1, 0, EINVAL, "liteflow: flows cannot be changed: delete the qdisc and make it anew" },
	{ "default 255", default_255, 0, EINVAL, "liteflow: default must be one of the bands, from 0" },
	{ "a newer protocol", protocol_2, 0, EINVAL,
	  "liteflow: this tc plugin is newer than the module: install the same version of both" },
	{ "an unknown attribute", unknown, 0, EINVAL, NULL },
	{ "attribute 0", unspec, 0, EINVAL, NULL },
	{ "the padding attribute", pad, 0, EINVAL, NULL },
	{ "bytes behind the attributes", trailing, 0, EINVAL, NULL },
	{ "an empty slot name", slot_empty, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name with a slash", slot_slash, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name that is not ASCII", slot_8bit, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name of 32 characters", slot_32, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name of 4,000 characters", slot_4000, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name without its end", slot_open, 0, EINVAL, NULL },
	{ "a map entry without class", map_no_class, 0, EINVAL, "liteflow: an entry of the map must have a class and a band" },
	{ "a map entry without band", map_no_band, 0, EINVAL, "liteflow: an entry of the map must have a class and a band" },
	{ "a map to band 3 of 3", map_band_3, 0, EINVAL, "liteflow: band in the map must be one of the bands, from 0" },
	{ "a map to band 255", map_band_255, 0, EINVAL, "liteflow: band in the map must be one of the bands, from 0" },
	{ "a map of no name", map_empty_name, 0, EINVAL, "liteflow: " NAME_SENTENCE("class") },
	{ "a map of 2^63", map_large, 0, EINVAL, "liteflow: number in the map is too large" },
	{ "a map that is no nest", map_flat, 0, EINVAL, NULL },
	{ "a map of 65", map_65, 0, EINVAL, "liteflow: map must not have more than 64 entries" },
	{ "a map of something else", map_stranger, 0, EINVAL, NULL },
	{ "quantum 0", quantum_0, 0, EINVAL, "liteflow: quantum must be 1 to 16777216 bytes" },
	{ "quantum 2^32-1", quantum_max, 0, EINVAL, "liteflow: quantum must be 1 to 16777216 bytes" },
	{ "4 quanta for 3 bands", quanta_4, 0, EINVAL, "liteflow: there must not be more quanta than bands" },
	{ "1,000 quanta", quanta_1000, 0, EINVAL, "liteflow: there must not be more quanta than bands" },
	{ "phases for quanta", quanta_phases, 0, EINVAL, NULL },
	{ "no phases", phases_none, 0, EINVAL, "liteflow: phases must name at least one packet" },
	{ "phase 0", phases_0, 0, EINVAL, "liteflow: phases must be packet numbers from 1, in ascending order" },
	{ "a phase twice", phases_same, 0, EINVAL, "liteflow: phases must be packet numbers from 1, in ascending order" },
	{ "17 phases", phases_17, 0, EINVAL, "liteflow: there must not be more than 16 phases" },
	{ "every and phases", both, 0, EINVAL, "liteflow: every and phases exclude each other" },
};

static struct mnl_socket *nl;
static char buf[1 << 16];

static int sentence_cb(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG)
		*(const char **)data = mnl_attr_get_str(a);
	return MNL_CB_OK;
}

/* The answer to a request: 0 or an errno; and what the kernel said of it. */
static int answer(const char **sentence)
{
	const struct nlmsghdr *n = (void *)buf;
	const struct nlmsgerr *e;
	ssize_t len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	size_t skip = sizeof(*e);

	*sentence = "";
	if (len < 0 || !mnl_nlmsg_ok(n, len) || n->nlmsg_type != NLMSG_ERROR)
		return EPROTO;
	e = mnl_nlmsg_get_payload(n);
	if (!(n->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&e->msg);
	if (n->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(n, skip, sentence_cb, sentence);
	return -e->error;
}

static int request(const char *dev, const struct row *r, const char **sentence)
{
	struct nlmsghdr *n = mnl_nlmsg_put_header(buf);
	struct nlattr *nest;
	struct tcmsg *t;

	n->nlmsg_type = RTM_NEWQDISC;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	n->nlmsg_seq = time(NULL);
	t = mnl_nlmsg_put_extra_header(n, sizeof(*t));
	t->tcm_ifindex = if_nametoindex(dev);
	t->tcm_parent = TC_H_ROOT;
	t->tcm_handle = 0x10000;
	mnl_attr_put_strz(n, TCA_KIND, "liteflow");
	nest = mnl_nlmsg_get_payload_tail(n);
	mnl_attr_put(n, r->type ?: TCA_OPTIONS | NESTED, 0, NULL);
	r->put(n);
	mnl_attr_nest_end(n, nest);
	n->nlmsg_len = MNL_ALIGN(n->nlmsg_len);
	if (mnl_socket_sendto(nl, n, n->nlmsg_len) < 0)
		return errno;
	return answer(sentence);
}

int main(int argc, char **argv)
{
	int on = 1, failed = 0;
	size_t i;

	if (argc != 2 || !if_nametoindex(argv[1])) {
		fprintf(stderr, "usage: qdisc_nl DEVICE\n");
		return 2;
	}
	nl = mnl_socket_open(NETLINK_ROUTE);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on))) {
		perror("qdisc_nl");
		return 1;
	}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const char *sentence = "";
		int error = request(argv[1], r, &sentence);

		if (error == r->error && (!r->sentence || !strcmp(sentence, r->sentence)))
			continue;
		failed++;
		printf("FAIL  %s: %s: %s\n", r->name, strerror(error), sentence);
	}
	printf("%zu passed, %d failed, 0 skipped\n", i - failed, failed);
	return failed != 0;
}
