/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bands of a qdisc, which the kernel shows as its classes:
 *
 *	bands: [{ band, packets, bytes, drops, backlog, backlog_bytes, delay_ns, delay_max_ns,
 *		delays: [count, ...] (delays.h) }]
 *
 * The delays are those of tc_liteflow_band_xstats, a running mean and the greatest; 0 where the
 * child does not say.
 */
#ifndef BAND_H
#define BAND_H

struct json_object;

/* Adds them to a qdisc's attachment (attach.h); nothing if rtnetlink does not answer. */
void band_add(struct json_object *attachment);

#endif /* BAND_H */
