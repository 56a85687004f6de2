/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels' generic netlink. Included by kmod/netlink.c alone.
 */
#ifndef LF_GENL_COMPAT_H
#define LF_GENL_COMPAT_H

#include <net/genetlink.h>

/*
 * To join a multicast group takes CAP_NET_ADMIN over the network namespace. Groups have flags of
 * their own since 6.7, and in the stable series since December 2023 (6.1.68); before that they had
 * those of operations, which mean nothing to groups of later kernels.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define LF_MCAST_ADMIN	GENL_MCAST_CAP_NET_ADMIN
#else
#define LF_MCAST_ADMIN	GENL_UNS_ADMIN_PERM
#endif

#endif /* LF_GENL_COMPAT_H */
