/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CONF_FALLBACK_H
#define CONF_FALLBACK_H

#include <stdbool.h>

struct conf;
struct lfctl;

/* A module that the file needs and that cannot be loaded; NULL if there is none. */
const char *fallback_missing(const struct conf *want);

/*
 * Installs the `fallback` qdisc of each qdisc section that names one. Returns LFCTL_FALLBACK or
 * LFCTL_FAIL; dry: only prints what would be done. NULL device: all.
 */
int fallback_apply(const struct lfctl *ctl, const struct conf *want, const char *device,
		   const char *missing, bool dry);

#endif /* CONF_FALLBACK_H */
