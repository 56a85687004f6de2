// SPDX-License-Identifier: GPL-2.0
/*
 * What tc would never send: requests for a liteflow qdisc that are wrong in ways that the plugin of
 * tc does not let through. The kernel must refuse each, with the sentence given, and leave what was
 * there as it was.
 *
 *	qdisc_nl DEVICE		on which there is a liteflow qdisc 1: at the root
 *
 *	qdisc_nl DEVICE nomem	on which there is none: right requests, while the first allocation
 *				of each fails, then the second, and so on until none fails. Each is
 *				carried out, or refused and can be repeated. Needs failslab; see
 *				tests/netns/qdisc.sh.
 *
 *	qdisc_nl DEVICE get	asks for that qdisc alone, as programs do that do not dump; says how
 *				long the answer is
 *
 * Closes with "N passed, N failed, 0 skipped".
 *
 * One file, though long: a request is a few lines and a row of a table.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
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
static void mode_3(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_MODE, 3); }
static void limit_0(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_LIMIT, 0); }
static void limit_short(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_LIMIT, 9); }
static void ecn_2(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_ECN, 2); }
static void inner_2(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_INNER, 2); }
static void order_2(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_ORDER, 2); }
static void split_2(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_SPLIT_GSO, 2); }
static void idle_short(struct nlmsghdr *n) { mnl_attr_put_u8(n, TCA_LITEFLOW_IDLE, 9); }
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
static void slot_32(struct nlmsghdr *n)
{
	mnl_attr_put_strz(n, TCA_LITEFLOW_SLOT, "01234567890123456789012345678901");
}

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

static void pair(struct nlmsghdr *n, size_t len, const char *data)
{
	struct nlattr *m = mnl_attr_nest_start(n, TCA_LITEFLOW_MAP);

	mnl_attr_put(n, TCA_LITEFLOW_MAP_PAIR, len, data);
	mnl_attr_nest_end(n, m);
}

static void pair_empty(struct nlmsghdr *n) { pair(n, 0, ""); }
static void pair_no_class(struct nlmsghdr *n) { pair(n, 1, ""); }
static void pair_band_3(struct nlmsghdr *n) { pair(n, 2, "\003a"); }
static void pair_nul(struct nlmsghdr *n) { pair(n, 4, "\000a\000b"); }
static void pair_slash(struct nlmsghdr *n) { pair(n, 3, "\000a/"); }
static void pair_33(struct nlmsghdr *n) { pair(n, 33, "\000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); }

static void strict_nothing(struct nlmsghdr *n)
{
	struct nlattr *m = mnl_attr_nest_start(n, TCA_LITEFLOW_MAP);

	mnl_attr_put(n, TCA_LITEFLOW_MAP_STRICT, 0, NULL);
	mnl_attr_nest_end(n, m);
}

static void map_stranger(struct nlmsghdr *n)
{
	struct nlattr *m = mnl_attr_nest_start(n, TCA_LITEFLOW_MAP);

	mnl_attr_put_u32(n, TCA_LITEFLOW_MAP_BAND, 0);
	mnl_attr_nest_end(n, m);
}

static void list(struct nlmsghdr *n, int nest_type, int type, unsigned int from, unsigned int count,
		 unsigned int step)
{
	struct nlattr *l = mnl_attr_nest_start(n, nest_type);
	unsigned int i;

	for (i = 0; i < count; i++)
		mnl_attr_put_u32(n, type, from + i * step);
	mnl_attr_nest_end(n, l);
}

static void quantum_0(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 0, 1, 1);
}
static void quantum_max(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 0xffffffff, 1, 1);
}
static void quanta_4(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 1, 4, 1);
}
static void quanta_1000(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 1, 1000, 1);
}
static void quanta_phases(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_PHASE, 1, 1, 1);
}
static void phases_none(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 1, 0, 1);
}
static void phases_0(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 0, 1, 1);
}
static void phases_same(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 5, 2, 0);
}
static void phases_17(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 1, 17, 1);
}

static void thresholds(struct nlmsghdr *n, unsigned int from, unsigned int count, unsigned int step)
{
	list(n, TCA_LITEFLOW_THRESHOLDS, TCA_LITEFLOW_THRESHOLD, from, count, step);
}

static void thresholds_0(struct nlmsghdr *n) { thresholds(n, 0, 1, 1); }
static void thresholds_same(struct nlmsghdr *n) { thresholds(n, 5, 2, 0); }
static void thresholds_down(struct nlmsghdr *n) { thresholds(n, 5, 2, -1); }
static void thresholds_3(struct nlmsghdr *n) { thresholds(n, 1, 3, 1); }
static void thresholds_1000(struct nlmsghdr *n) { thresholds(n, 1, 1000, 1); }
static void thresholds_flat(struct nlmsghdr *n) { mnl_attr_put_u32(n, TCA_LITEFLOW_THRESHOLDS, 0); }
static void thresholds_phases(struct nlmsghdr *n)
{
	list(n, TCA_LITEFLOW_THRESHOLDS, TCA_LITEFLOW_PHASE, 1, 1, 1);
}

static void both(struct nlmsghdr *n)
{
	mnl_attr_put_u32(n, TCA_LITEFLOW_EVERY, 1);
	list(n, TCA_LITEFLOW_PHASES, TCA_LITEFLOW_PHASE, 1, 1, 1);
}

#define NAME_SENTENCE(what) what " name must be 1 to 31 of A-Z a-z 0-9 . _ -"

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
	{ "mode 3", mode_3, 0, EINVAL, "liteflow: mode must be strict, drr or srpt" },
	{ "limit 0", limit_0, 0, EINVAL, "liteflow: limit must be at least 1 packet" },
	{ "limit as u8", limit_short, 0, EINVAL, NULL },
	{ "ecn 2", ecn_2, 0, EINVAL, "liteflow: ecn must be 0 or 1" },
	{ "inner 2", inner_2, 0, EINVAL, "liteflow: inner must be 0 or 1" },
	{ "order 2", order_2, 0, EINVAL, "liteflow: order must be bands or exact" },
	{ "split-gso 2", split_2, 0, EINVAL, "liteflow: split-gso must be 0 or 1" },
	{ "idle as u8", idle_short, 0, EINVAL, NULL },
	{ "flows 1", flows_1, 0, EINVAL,
	  "liteflow: flows cannot be changed: delete the qdisc and add it again" },
	{ "default 255", default_255, 0, EINVAL,
	  "liteflow: default must be one of the bands, from 0" },
	{ "a newer protocol", protocol_2, 0, EINVAL,
	  "liteflow: this tc plugin is newer than the module: install the same version of both" },
	{ "an unknown attribute", unknown, 0, EINVAL, NULL },
	{ "attribute 0", unspec, 0, EINVAL, NULL },
	{ "the padding attribute", pad, 0, EINVAL, NULL },
	{ "bytes behind the attributes", trailing, 0, EINVAL, NULL },
	{ "an empty slot name", slot_empty, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name with a slash", slot_slash, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name that is not ASCII", slot_8bit, 0, EINVAL,
	  "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name of 32 characters", slot_32, 0, EINVAL, "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name of 4,000 characters", slot_4000, 0, EINVAL,
	  "liteflow: " NAME_SENTENCE("slot") },
	{ "a slot name without its end", slot_open, 0, EINVAL, NULL },
	{ "a map entry without class", map_no_class, 0, EINVAL,
	  "liteflow: an entry of the map must have a class and a band" },
	{ "a map entry without band", map_no_band, 0, EINVAL,
	  "liteflow: an entry of the map must have a class and a band" },
	{ "a map to band 3 of 3", map_band_3, 0, EINVAL,
	  "liteflow: band in the map must be one of the bands, from 0" },
	{ "a map to band 255", map_band_255, 0, EINVAL,
	  "liteflow: band in the map must be one of the bands, from 0" },
	{ "a map of no name", map_empty_name, 0, EINVAL, "liteflow: " NAME_SENTENCE("class") },
	{ "a map of 2^63", map_large, 0, EINVAL, "liteflow: number in the map is too large" },
	{ "a map that is no nest", map_flat, 0, EINVAL, NULL },
	{ "a map of 65", map_65, 0, EINVAL, "liteflow: map must not have more than 64 entries" },
	{ "a map of something else", map_stranger, 0, EINVAL, NULL },
	{ "an empty pair", pair_empty, 0, EINVAL,
	  "liteflow: an entry of the map must have a class and a band" },
	{ "a pair without class", pair_no_class, 0, EINVAL, "liteflow: " NAME_SENTENCE("class") },
	{ "a pair with band 3 of 3", pair_band_3, 0, EINVAL,
	  "liteflow: band in the map must be one of the bands, from 0" },
	{ "a pair with a NUL", pair_nul, 0, EINVAL, "liteflow: " NAME_SENTENCE("class") },
	{ "a pair with a slash", pair_slash, 0, EINVAL, "liteflow: " NAME_SENTENCE("class") },
	{ "a pair of 33 bytes", pair_33, 0, ERANGE, NULL },
	{ "a strict map of nothing", strict_nothing, 0, EINVAL,
	  "liteflow: a strict map needs entries" },
	{ "quantum 0", quantum_0, 0, EINVAL, "liteflow: quantum must be 1 to 16777216 bytes" },
	{ "quantum 2^32-1", quantum_max, 0, EINVAL,
	  "liteflow: quantum must be 1 to 16777216 bytes" },
	{ "4 quanta for 3 bands", quanta_4, 0, EINVAL,
	  "liteflow: there must not be more quanta than bands" },
	{ "1,000 quanta", quanta_1000, 0, EINVAL,
	  "liteflow: there must not be more quanta than bands" },
	{ "phases for quanta", quanta_phases, 0, EINVAL, NULL },
	{ "no phases", phases_none, 0, EINVAL, "liteflow: phases must name at least one packet" },
	{ "phase 0", phases_0, 0, EINVAL,
	  "liteflow: phases must be packet numbers from 1, in ascending order" },
	{ "a phase twice", phases_same, 0, EINVAL,
	  "liteflow: phases must be packet numbers from 1, in ascending order" },
	{ "17 phases", phases_17, 0, EINVAL, "liteflow: there must not be more than 16 phases" },
	{ "threshold 0", thresholds_0, 0, EINVAL,
	  "liteflow: thresholds must be bytes from 1, in ascending order" },
	{ "a threshold twice", thresholds_same, 0, EINVAL,
	  "liteflow: thresholds must be bytes from 1, in ascending order" },
	{ "thresholds that descend", thresholds_down, 0, EINVAL,
	  "liteflow: thresholds must be bytes from 1, in ascending order" },
	{ "3 thresholds for 3 bands", thresholds_3, 0, EINVAL,
	  "liteflow: there must be fewer thresholds than bands" },
	{ "1,000 thresholds", thresholds_1000, 0, EINVAL,
	  "liteflow: there must be fewer thresholds than bands" },
	{ "thresholds that are no nest", thresholds_flat, 0, EINVAL, NULL },
	{ "phases for thresholds", thresholds_phases, 0, EINVAL, NULL },
	{ "every and phases", both, 0, EINVAL,
	  "liteflow: every and phases are mutually exclusive" },
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

static struct nlmsghdr *begin(const char *dev, int type, int flags, __u32 parent, __u32 handle,
			      const char *kind)
{
	struct nlmsghdr *n = mnl_nlmsg_put_header(buf);
	struct tcmsg *t;

	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	n->nlmsg_seq = time(NULL);
	t = mnl_nlmsg_put_extra_header(n, sizeof(*t));
	t->tcm_ifindex = if_nametoindex(dev);
	t->tcm_parent = parent;
	t->tcm_handle = handle;
	mnl_attr_put_strz(n, TCA_KIND, kind);
	return n;
}

static int request(const char *dev, const struct row *r, const char **sentence)
{
	struct nlmsghdr *n = begin(dev, RTM_NEWQDISC, 0, TC_H_ROOT, 0x10000, "liteflow");
	struct nlattr *nest = mnl_nlmsg_get_payload_tail(n);

	mnl_attr_put(n, r->type ?: TCA_OPTIONS | NESTED, 0, NULL);
	r->put(n);
	mnl_attr_nest_end(n, nest);
	n->nlmsg_len = MNL_ALIGN(n->nlmsg_len);
	if (mnl_socket_sendto(nl, n, n->nlmsg_len) < 0)
		return errno;
	return answer(sentence);
}

static int refusals(const char *dev)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const char *sentence = "";
		int error = request(dev, r, &sentence);

		if (error == r->error && (!r->sentence || !strcmp(sentence, r->sentence)))
			continue;
		failed++;
		printf("FAIL  %s: %s: %s\n", r->name, strerror(error), sentence);
	}
	printf("%zu passed, %d failed, 0 skipped\n", i - failed, failed);
	return failed;
}

static void nine_bands(struct nlmsghdr *n)
{
	struct nlattr *nest = mnl_attr_nest_start(n, TCA_OPTIONS | NESTED);

	mnl_attr_put_u8(n, TCA_LITEFLOW_BANDS, 9);
	map(n, "a", 8);
	list(n, TCA_LITEFLOW_QUANTA, TCA_LITEFLOW_QUANTUM, 1000, 9, 100);
	mnl_attr_nest_end(n, nest);
}

static void three_bands(struct nlmsghdr *n)
{
	struct nlattr *nest = mnl_attr_nest_start(n, TCA_OPTIONS | NESTED);

	mnl_attr_put_u8(n, TCA_LITEFLOW_BANDS, 3);
	map(n, "a", 2);
	mnl_attr_nest_end(n, nest);
}

static void order(struct nlmsghdr *n, __u8 v)
{
	struct nlattr *nest = mnl_attr_nest_start(n, TCA_OPTIONS | NESTED);

	mnl_attr_put_u8(n, TCA_LITEFLOW_MODE, LITEFLOW_QDISC_SRPT);
	mnl_attr_put_u8(n, TCA_LITEFLOW_ORDER, v);
	mnl_attr_nest_end(n, nest);
}

static void order_exact(struct nlmsghdr *n) { order(n, LITEFLOW_QDISC_EXACT); }
static void order_bands(struct nlmsghdr *n) { order(n, LITEFLOW_QDISC_BY_BANDS); }

/* In this order, so that each finds what it needs. */
static const struct step {
	const char *name;
	int type, flags;
	__u32 parent, handle;
	const char *kind;
	void (*put)(struct nlmsghdr *n);
	/* which of them takes it back, to have another try */
	int undo;
} steps[] = {
	{ "add", RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, TC_H_ROOT, 0x10000, "liteflow",
	  nine_bands, 5 },
	{ "fewer bands", RTM_NEWQDISC, 0, TC_H_ROOT, 0x10000, "liteflow", three_bands, 2 },
	{ "more bands", RTM_NEWQDISC, 0, TC_H_ROOT, 0x10000, "liteflow", nine_bands, 1 },
	{ "graft", RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, 0x10002, 0x20000, "pfifo", NULL, 4 },
	{ "ungraft", RTM_DELQDISC, 0, 0x10002, 0x20000, "pfifo", NULL, 3 },
	{ "delete", RTM_DELQDISC, 0, TC_H_ROOT, 0x10000, "liteflow", NULL, 0 },
	{ "add with order exact", RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, TC_H_ROOT, 0x10000,
	  "liteflow", order_exact, 5 },
	{ "to order bands", RTM_NEWQDISC, 0, TC_H_ROOT, 0x10000, "liteflow", order_bands, 8 },
	{ "to order exact", RTM_NEWQDISC, 0, TC_H_ROOT, 0x10000, "liteflow", order_exact, 7 },
	{ "delete again", RTM_DELQDISC, 0, TC_H_ROOT, 0x10000, "liteflow", NULL, 6 },
};

/* Make the nth allocation from here fail, 0 for none. False where the kernel cannot do that. */
static bool fail_nth(int fd, int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(fd, text, len, 0) == len;
}

/* Did it fail, or were there fewer? */
static bool has_failed(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;
}

/* Returns an errno. */
static int take_step(const char *dev, const struct step *s, int fd, int nth, bool *fired)
{
	struct nlmsghdr *n = begin(dev, s->type, s->flags, s->parent, s->handle, s->kind);
	const char *sentence;
	ssize_t sent;

	if (s->put)
		s->put(n);
	fail_nth(fd, nth);
	sent = mnl_socket_sendto(nl, n, n->nlmsg_len);
	*fired = has_failed(fd);
	fail_nth(fd, 0);
	return sent < 0 ? errno : answer(&sentence);
}

/*
 * Every allocation that the step makes. The step is done at the end. Returns how many there were,
 * or -1.
 */
static int every_allocation(const char *dev, const struct step *s, int fd)
{
	bool fired = true, none;
	int nth, err;

	for (nth = 1; fired; nth++) {
		err = take_step(dev, s, fd, nth, &fired);
		if (err && !fired) {
			printf("FAIL  %s: %s\n", s->name, strerror(err));
			return -1;
		}
		/*
		 * If all that failed was the answer, the step is done: take it back. Else there is
		 * nothing to take back.
		 */
		if (fired)
			take_step(dev, &steps[s->undo], fd, 0, &none);
	}
	return nth - 2;
}

static int no_memory(const char *dev)
{
	int fd = open("/proc/self/fail-nth", O_RDWR), failed = 0, n;
	size_t i, passed = 0;

	if (fd < 0 || !fail_nth(fd, 0)) {
		printf("0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		n = every_allocation(dev, &steps[i], fd);
		printf("%s: %d allocations\n", steps[i].name, n);
		if (n > 0)
			passed++;
		else
			failed++;
	}
	close(fd);
	printf("%zu passed, %d failed, 0 skipped\n", passed, failed);
	return failed;
}

/*
 * The kernel answers to NLM_F_ECHO only. No answer at all is what a message too small for the qdisc
 * comes to.
 */
static int get(const char *dev)
{
	struct nlmsghdr *n = begin(dev, RTM_GETQDISC, 0, TC_H_ROOT, 0x10000, "liteflow");
	struct timeval wait = { .tv_sec = 3 };
	ssize_t len;

	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ECHO;
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	len = mnl_socket_sendto(nl, n, n->nlmsg_len);
	if (len > 0)
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	n = (void *)buf;
	if (len < 0 || n->nlmsg_type != RTM_NEWQDISC) {
		printf("%s\n", len < 0 ? strerror(errno) : "an error");
		return 1;
	}
	printf("%zd bytes\n", len);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 3 ? argv[2] : "";
	int on = 1;

	if (argc < 2 || argc > 3 || !if_nametoindex(argv[1]) ||
	    (*what && strcmp(what, "nomem") && strcmp(what, "get"))) {
		fprintf(stderr, "usage: qdisc_nl DEVICE [nomem|get]\n");
		return 2;
	}
	nl = mnl_socket_open(NETLINK_ROUTE);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on))) {
		perror("qdisc_nl");
		return 1;
	}
	if (!strcmp(what, "get"))
		return get(argv[1]);
	return (*what ? no_memory(argv[1]) : refusals(argv[1])) != 0;
}
