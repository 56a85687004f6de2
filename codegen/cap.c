// SPDX-License-Identifier: GPL-2.0
#include <pcap/pcap.h>
#include <stdlib.h>
#include <linux/if_ether.h>

#include "cap.h"

/* How a link's header identifies its payload. */
struct cap_link {
	int dlt;
	u32 len;		/* bytes of the header */
	int type;		/* offset of the EtherType; -1: IP, by its version field */
	bool mac;
};

static const struct cap_link links[] = {
	{ DLT_EN10MB, 14, 12, true },
	{ DLT_RAW, 0, -1, false },
	{ DLT_IPV4, 0, -1, false },
	{ DLT_IPV6, 0, -1, false },
	{ DLT_NULL, 4, -1, false },
	{ DLT_LOOP, 4, -1, false },
	{ DLT_LINUX_SLL, 16, 14, false },
	{ DLT_LINUX_SLL2, 20, 0, false },
};

struct cap {
	pcap_t *p;
	const char *path;
	const struct cap_link *link;
};

struct cap *cap_open(const char *path, struct graph_err *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct cap *c = util_alloc(1, sizeof(*c));
	const char *name;
	int dlt;
	size_t i;

	c->path = path;
	c->p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!c->p) {
		util_fail(err, "%.256s: %.200s", path, why);
		free(c);
		return NULL;
	}
	dlt = pcap_datalink(c->p);
	for (i = 0; i < ARRAY_SIZE(links) && links[i].dlt != dlt; i++)
		;
	if (i < ARRAY_SIZE(links)) {
		c->link = &links[i];
		return c;
	}
	name = pcap_datalink_val_to_name(dlt);
	util_fail(err, "%.256s: link type %s (%d) is not read, only Ethernet, raw IP, loopback "
		  "and Linux cooked captures",
		  path, name ? name : "?", dlt);
	cap_close(c);
	return NULL;
}

static u32 cap_type(const struct cap_link *l, const u8 *data, u32 have)
{
	if (l->type >= 0)
		return have >= (u32)l->type + 2 ? data[l->type] << 8 | data[l->type + 1] : 0;
	if (have <= l->len)
		return 0;
	return data[l->len] >> 4 == 4 ? ETH_P_IP : data[l->len] >> 4 == 6 ? ETH_P_IPV6 : 0;
}

int cap_next(struct cap *c, struct flows_packet *p, struct graph_err *err)
{
	struct pcap_pkthdr *h;
	const u8 *data;
	int rc = pcap_next_ex(c->p, &h, &data);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	if (rc != 1) {
		util_fail(err, "%.256s: %.200s", c->path, pcap_geterr(c->p));
		return -1;
	}
	*p = (struct flows_packet) {
		.data = data,
		.have = h->caplen,
		.len = h->len,
		.network = c->link->len,
		.mac = c->link->mac ? 0 : -1,
		.protocol = cap_type(c->link, data, h->caplen),
		.time_ns = (u64)h->ts.tv_sec * 1000000000 + h->ts.tv_usec,
	};
	return 1;
}

void cap_close(struct cap *c)
{
	if (!c)
		return;
	pcap_close(c->p);
	free(c);
}
