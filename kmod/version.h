/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_VERSION_H
#define LF_VERSION_H

#define LF_VERSION	"0.1.0"
#define LF_PROTOCOL	1	/* of the netlink family: counts up when a tool that does not know must not go on */

#endif /* LF_VERSION_H */
