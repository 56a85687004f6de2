// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that iptables would never make: IPT_SO_SET_REPLACE and its IPv6 sister with the data of
 * our target and match spoilt, as any user can send them from a user namespace of his own.
 *
 *	hostile-xt SEED ROUNDS
 *
 * First one fault at a time, each to be refused with EINVAL and the table to stay as it is; then
 * any number of them, where all that counts is that the kernel stands and gives nothing away.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netfilter/xt_LITEFLOW.h>

#include "wire.h"

#define ALIGN(n)	(((n) + 7) & ~(size_t)7)
#define TGINFO		sizeof(struct xt_liteflow_tginfo)
#define MTINFO		sizeof(struct xt_liteflow_mtinfo)
#define HOOKS		5		/* of the mangle table */
#define BLOB_MAX	16384

static unsigned int passed, failed;

static void check(bool ok, const char *what, const char *name)
{
	if (ok) {
		passed++;
		return;
	}
	failed++;
	printf("FAIL  %s %s (errno %d: %s)\n", what, name, errno, strerror(errno));
}

/* A family's sizes and numbers; the layouts behind them are the same for both. */
struct family {
	const char *name;
	int domain, level, set, get_info, get_entries;
	size_t entry, replace;
};

static const struct family families[] = {
	{ "IPv4", AF_INET, IPPROTO_IP, IPT_SO_SET_REPLACE, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES,
	  sizeof(struct ipt_entry), sizeof(struct ipt_replace) },
	{ "IPv6", AF_INET6, IPPROTO_IPV6, IP6T_SO_SET_REPLACE, IP6T_SO_GET_INFO,
	  IP6T_SO_GET_ENTRIES, sizeof(struct ip6t_entry), sizeof(struct ip6t_replace) },
};

/*
 * A table under construction: replace header, then entries. The header is ipt_replace's in both
 * families.
 */
struct table {
	const struct family *f;
	unsigned char b[BLOB_MAX];
	size_t len;		/* of the entries */
	unsigned int n;
};

static struct ipt_replace *head(struct table *t)
{
	return (struct ipt_replace *)t->b;
}

static unsigned char *entries(struct table *t)
{
	return t->b + t->f->replace;
}

/* An entry: match and target each as name, data, size. Returns where it begins. */
static size_t add(struct table *t, const char *match, const void *mdata, size_t mlen,
		  const char *target, const void *tdata, size_t tlen)
{
	size_t at = t->len, off = t->f->entry;
	unsigned char *e = entries(t) + at;

	memset(e, 0, off + ALIGN(mlen) + ALIGN(tlen) + 2 * sizeof(struct xt_entry_match));
	if (match) {
		struct xt_entry_match *m = (void *)(e + off);

		m->u.user.match_size = sizeof(*m) + ALIGN(mlen);
		strncpy(m->u.user.name, match, sizeof(m->u.user.name) - 1);
		memcpy(m->data, mdata, mlen);
		off += m->u.user.match_size;
	}
	struct xt_entry_target *g = (void *)(e + off);
	size_t size = sizeof(*g) + ALIGN(tlen);

	g->u.user.target_size = size;
	strncpy(g->u.user.name, target, sizeof(g->u.user.name) - 1);
	memcpy(g->data, tdata, tlen);
	/*
	 * target_offset and next_offset lie at the same distance from the end of both kinds of
	 * entry's head
	 */
	if (t->f->domain == AF_INET) {
		((struct ipt_entry *)e)->target_offset = off;
		((struct ipt_entry *)e)->next_offset = off + size;
	} else {
		((struct ip6t_entry *)e)->target_offset = off;
		((struct ip6t_entry *)e)->next_offset = off + size;
	}
	t->len += off + size;
	t->n++;
	return at;
}

static void policy(struct table *t)
{
	int accept = -NF_ACCEPT - 1;

	add(t, NULL, NULL, 0, "", &accept, sizeof(accept));
}

/* The mangle table, with one rule (or none) at the head of OUTPUT. */
static void build(struct table *t, const struct family *f, const struct xt_liteflow_mtinfo *m,
		  const struct xt_liteflow_tginfo *g)
{
	char error[XT_FUNCTION_MAXNAMELEN] = "ERROR";
	int accept = -NF_ACCEPT - 1, hook;

	t->f = f;
	t->len = t->n = 0;
	memset(t->b, 0, sizeof(t->b));
	strcpy(head(t)->name, "mangle");
	head(t)->valid_hooks = (1 << HOOKS) - 1;
	for (hook = 0; hook < HOOKS; hook++) {
		head(t)->hook_entry[hook] = t->len;
		if (hook == NF_INET_LOCAL_OUT && (m || g))
			add(t, m ? "liteflow" : NULL, m, m ? MTINFO : 0, g ? "LITEFLOW" : "",
			    g ? (void *)g : (void *)&accept, g ? TGINFO : sizeof(accept));
		head(t)->underflow[hook] = t->len;
		policy(t);
	}
	add(t, NULL, NULL, 0, "ERROR", error, sizeof(error));
	head(t)->num_entries = t->n;
	head(t)->size = t->len;
}

static struct xt_counters counters[64];

static unsigned int entries_now(int fd, const struct family *f, struct ipt_getinfo *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	strcpy(info->name, "mangle");
	if (getsockopt(fd, f->level, f->get_info, info, &len))
		return 0;
	return info->num_entries;
}

/* 0 or errno. */
static int put(int fd, struct table *t)
{
	struct ipt_getinfo info;

	head(t)->num_counters = entries_now(fd, t->f, &info);
	head(t)->counters = counters;
	errno = 0;
	return setsockopt(fd, t->f->level, t->f->set, t->b, t->f->replace + t->len) ? errno : 0;
}

/* The kernel's own pointers must not come back. Both are the last 8 bytes of their data. */
static bool leaks(int fd, const struct family *f)
{
	static unsigned char b[sizeof(struct ipt_get_entries) + BLOB_MAX];
	struct ipt_get_entries *get = (void *)b;
	struct ipt_getinfo info;
	socklen_t len;
	size_t off, m;

	memset(b, 0, sizeof(b));
	if (!entries_now(fd, f, &info) || info.size > BLOB_MAX)
		return true;
	strcpy(get->name, "mangle");
	get->size = info.size;
	len = sizeof(*get) + info.size;
	if (getsockopt(fd, f->level, f->get_entries, get, &len))
		return true;
	unsigned char *e = (unsigned char *)get->entrytable + info.hook_entry[NF_INET_LOCAL_OUT];
	size_t target = f->domain == AF_INET ? ((struct ipt_entry *)e)->target_offset :
					       ((struct ip6t_entry *)e)->target_offset;
	static const unsigned char zero[8];

	for (off = f->entry; off < target; off += m) {
		struct xt_entry_match *match = (void *)(e + off);

		m = match->u.match_size;
		if (!m)
			return true;
		if (!strcmp(match->u.user.name, "liteflow") &&
		    memcmp(match->data + MTINFO - 8, zero, 8))
			return true;
	}
	struct xt_entry_target *g = (void *)(e + target);

	return !strcmp(g->u.user.name, "LITEFLOW") && memcmp(g->data + TGINFO - 8, zero, 8);
}

static struct xt_liteflow_tginfo good_target(void)
{
	struct xt_liteflow_tginfo g = {
		.slot = "mine",
		.mask = 0xffff,
		.shift = 4,
		.what = XT_LITEFLOW_SET_MARK | XT_LITEFLOW_SAVE_CT,
		.n_map = 2,
		.n_drop = 1,
		.entry = { { "a", 1 }, { "b", 2 }, { "c", 0 } },
	};

	g.kernel = (void *)0x4141414141414141;	/* what users write there means nothing */
	return g;
}

static struct xt_liteflow_mtinfo good_match(void)
{
	struct xt_liteflow_mtinfo m = {
		.slot = "mine",
		.score_min = -5,
		.what = XT_LITEFLOW_IF_ALL,
		.invert = XT_LITEFLOW_SCORE,
		.n_classes = 2,
		.confidence_min = 60,
		.class_name = { "a", "b" },
	};

	m.rule = (void *)0x4141414141414141;
	return m;
}

/* One fault: n bytes of value v at an offset. */
struct fault {
	const char *name;
	size_t at, n;
	unsigned char v;
};

#define T(field)	offsetof(struct xt_liteflow_tginfo, field)
#define M(field)	offsetof(struct xt_liteflow_mtinfo, field)

static const struct fault target_faults[] = {
	{ "slot without an end", T(slot), 32, 'x' },
	{ "empty slot", T(slot), 32, 0 },
	{ "slash in slot", T(slot), 1, '/' },
	{ "8 bits in slot", T(slot), 1, 0xe4 },
	{ "something behind the slot's end", T(slot) + 31, 1, 1 },
	{ "something behind it, an end again", T(slot) + 20, 3, 'y' },
	{ "mask 0", T(mask), 4, 0 },
	{ "mask below shift", T(shift), 1, 16 },
	{ "shift 32", T(shift), 1, 32 },
	{ "shift 255", T(shift), 1, 255 },
	{ "unknown action", T(what), 1, 0x41 },
	{ "nothing to do with the map", T(what), 1, 0 },
	{ "log alone", T(what), 1, XT_LITEFLOW_LOG },
	{ "mask without marks", T(what), 1, XT_LITEFLOW_SET_PRIORITY },
	{ "more entries than there are", T(n_map), 1, 32 },
	{ "255 entries", T(n_map), 1, 255 },
	{ "fewer entries than are filled", T(n_map), 1, 1 },
	{ "255 to drop", T(n_drop), 1, 255 },
	{ "entry too many", T(n_drop), 1, 2 },
	{ "dropped class with a value", T(entry[2].value), 1, 1 },
	{ "class without an end", T(entry[1]), 32, 'z' },
	{ "class and value without an end", T(entry[1]), 36, 'z' },
	{ "empty class", T(entry[0]), 1, 0 },
	{ "class twice", T(entry[0]), 1, 'b' },
	{ "value too large", T(entry[0].value) + 3, 1, 0x80 },
	{ "something in the last entry", T(entry[31]) + 35, 1, 1 },
};

static const struct fault match_faults[] = {
	{ "slot without an end", M(slot), 32, 'x' },
	{ "empty slot", M(slot), 32, 0 },
	{ "something behind the slot's end", M(slot) + 31, 1, 1 },
	{ "unknown criterion", M(what), 1, 0x0f },
	{ "no criterion", M(what), 1, 0 },
	{ "classes that are not asked for", M(what), 1,
	  XT_LITEFLOW_SCORE | XT_LITEFLOW_CONFIDENCE },
	{ "score that is not asked for", M(what), 1, XT_LITEFLOW_CLASS | XT_LITEFLOW_CONFIDENCE },
	{ "inverted what is not there", M(invert), 1, 0x88 },
	{ "no class", M(n_classes), 1, 0 },
	{ "33 classes", M(n_classes), 1, 33 },
	{ "255 classes", M(n_classes), 1, 255 },
	{ "fewer classes than are filled", M(n_classes), 1, 1 },
	{ "class too many", M(n_classes), 1, 3 },
	{ "confidence 0", M(confidence_min), 1, 0 },
	{ "confidence 100", M(confidence_min), 1, 100 },
	{ "confidence 255", M(confidence_min), 1, 255 },
	{ "unknown flag", M(flags), 4, 2 },
	{ "class without an end", M(class_name[1]), 32, 'z' },
	{ "class twice", M(class_name[0]), 1, 'b' },
	{ "something in the last class", M(class_name[31]) + 31, 1, 1 },
};

static void one_fault(int fd, struct table *t, const struct family *f, const struct fault *fault,
		      bool in_match)
{
	struct xt_liteflow_tginfo g = good_target();
	struct xt_liteflow_mtinfo m = good_match();
	struct ipt_getinfo before, after;
	int err;

	memset((in_match ? (unsigned char *)&m : (unsigned char *)&g) + fault->at, fault->v,
	       fault->n);
	build(t, f, &m, &g);
	entries_now(fd, f, &before);
	err = put(fd, t);
	errno = err;
	check(err == EINVAL, in_match ? "match:" : "target:", fault->name);
	entries_now(fd, f, &after);
	check(!memcmp(&before, &after, sizeof(before)), "the table is as it was:", fault->name);
}

static void faults(int fd, struct table *t, const struct family *f)
{
	struct xt_liteflow_tginfo g = good_target();
	struct xt_liteflow_mtinfo m = good_match();
	size_t i;

	build(t, f, &m, &g);
	errno = put(fd, t);
	check(!errno, "a good rule", f->name);
	check(!leaks(fd, f), "no kernel pointer is given away", f->name);
	for (i = 0; i < sizeof(target_faults) / sizeof(target_faults[0]); i++)
		one_fault(fd, t, f, &target_faults[i], false);
	for (i = 0; i < sizeof(match_faults) / sizeof(match_faults[0]); i++)
		one_fault(fd, t, f, &match_faults[i], true);
}

/* Bytes anywhere in the data; now and then in the frames around them. */
static void spoil(struct table *t, size_t rule)
{
	unsigned int n = rnd(5);	/* none: it is taken, and goes with the next */
	size_t at, len;

	while (n--) {
		len = 1 + rnd(rnd(4) ? 4 : 64);
		at = rule + t->f->entry + rnd(MTINFO + TGINFO + 2 * sizeof(struct xt_entry_match));
		if (!rnd(8))
			at = rnd(t->len);
		if (at + len <= t->len)
			rnd_fill(entries(t) + at, len);
	}
	if (!rnd(16))
		head(t)->size = t->len - rnd(64);
	if (!rnd(16))
		head(t)->num_entries += rnd(3) - 1;
}

static void storm(int fd, struct table *t, const struct family *f, unsigned int rounds)
{
	unsigned int taken = 0, refused = 0, leaked = 0, i;

	for (i = 0; i < rounds; i++) {
		struct xt_liteflow_tginfo g = good_target();
		struct xt_liteflow_mtinfo m = good_match();

		/* Now and then a slot of another name: an attachment comes and goes. */
		if (!rnd(4))
			snprintf(g.slot, sizeof(g.slot), "s%u", rnd(3));
		build(t, f, &m, &g);
		spoil(t, head(t)->hook_entry[NF_INET_LOCAL_OUT]);
		if (put(fd, t)) {
			refused++;
		} else {
			taken++;
			leaked += leaks(fd, f);
		}
	}
	printf("%s: %u tables taken, %u refused\n", f->name, taken, refused);
	check(taken && refused > rounds / 2, "some are taken, most are refused", f->name);
	check(!leaked, "nothing is given away", f->name);
}

int main(int argc, char **argv)
{
	static struct table t;
	size_t i;
	int fd;

	if (argc != 3)
		return 2;
	rnd_seed(strtoull(argv[1], NULL, 10));
	for (i = 0; i < 2; i++) {
		const struct family *f = &families[i];

		fd = socket(f->domain, SOCK_RAW, IPPROTO_RAW);
		check(fd >= 0, "a raw socket", f->name);
		faults(fd, &t, f);
		storm(fd, &t, f, strtoul(argv[2], NULL, 10));
		build(&t, f, NULL, NULL);
		errno = put(fd, &t);
		check(!errno, "an empty table", f->name);
		close(fd);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
