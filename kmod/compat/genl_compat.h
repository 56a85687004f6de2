/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between the kernels' generic netlink. Included only by kmod/netlink.c. */
#ifndef LF_GENL_COMPAT_H
#define LF_GENL_COMPAT_H

#include <net/genetlink.h>

/*
 * Joining a multicast group needs CAP_NET_ADMIN over the network namespace. Groups have flags of
 * their own since 6.7, and in the stable series since December 2023 (6.1.68); before that they used
 * the flags of operations, which mean nothing for groups of later kernels.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define LF_MCAST_ADMIN	GENL_MCAST_CAP_NET_ADMIN
#else
#define LF_MCAST_ADMIN	GENL_UNS_ADMIN_PERM
#endif

#endif /* LF_GENL_COMPAT_H */
