/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NETNS_H
#define NETNS_H

#include <stdbool.h>

#define NETNS_DIR	"/run/netns"	/* where ip-netns(8) keeps them */

bool netns_name_ok(const char *name);

/* Moves this process to the namespace. Returns 0, or an exit status after printing the error. */
int netns_enter(const char *name);

#endif /* NETNS_H */
