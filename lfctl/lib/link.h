/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of devices and positions of qdiscs, by libnl-route-3, in this process's namespace.
 */
#ifndef LINK_H
#define LINK_H

#include <stddef.h>

struct link_names;

/* NULL if rtnetlink does not answer: then nothing has a name. */
struct link_names *link_open(void);
void link_close(struct link_names *names);

/* The device's name, or NULL. */
const char *link_device(struct link_names *names, int ifindex);

/*
 * Where the qdisc with this handle ("1:") sits on the device: "root", "mq 1:2" (class 2 of the mq
 * qdisc 1:), "1:2". Returns text, or NULL if it is not found.
 */
const char *link_qdisc_parent(struct link_names *names, int ifindex, const char *handle, char *text,
			      size_t n);

#endif /* LINK_H */
