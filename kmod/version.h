/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_VERSION_H
#define LF_VERSION_H

#define LF_VERSION	"0.1.0"

#endif /* LF_VERSION_H */
