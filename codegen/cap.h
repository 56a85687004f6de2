/* SPDX-License-Identifier: GPL-2.0 */
/* Captures: pcap and pcapng files by libpcap. */
#ifndef CAP_H
#define CAP_H

#include "flows.h"
#include "util.h"

struct cap;

struct cap *cap_open(const char *path, struct graph_err *err);
/* 1: the next packet, valid until the next call; 0: none is left; -1: the reason. */
int cap_next(struct cap *c, struct flows_packet *p, struct graph_err *err);
void cap_close(struct cap *c);

#endif /* CAP_H */
