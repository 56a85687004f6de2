/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The version of the modules and programs, which are released together. The netlink protocol and
 * the snapshot format have their own version numbers (spec/liteflow.yaml, LQ_MAGIC).
 */
#ifndef LQ_VERSION_H
#define LQ_VERSION_H

#define LQ_VERSION	"0.1.0"

#endif /* LQ_VERSION_H */
