/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the two iptables plugins: converts words of the command line to fields and back.
 *
 * They use the old getopt interface of libxtables. The option table of the newer one grew between
 * iptables 1.8.9 and 1.8.11 under the same version string, so a plugin built for one crashes the
 * other; these plugins work with all versions.
 */
#ifndef LIBXT_H
#define LIBXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <lq/name.h>
#include <xtables.h>
#include <linux/netfilter/xt_LITEFLOW.h>

#include "../lfctl/lib/units.h"	/* units_u32() */

/* Reports an error in the command line in one sentence and exits. */
#define libxt_refuse(fmt, ...) xtables_error(PARAMETER_PROBLEM, fmt, ##__VA_ARGS__)

/*
 * Stores @len bytes of @s as a name, padded with zeros; exits if they are not a valid name. @what:
 * "LITEFLOW: --slot"
 */
void libxt_name(char *name, const char *s, size_t len, const char *what);

/*
 * A plugin is not told the table and chain of its rule, and the kernel's reasons for a rejection
 * appear only in the kernel log. But the plugin sees the command line, which iptables-restore also
 * builds for each rule. These functions exit if it shows something that cannot work. @what:
 * "LITEFLOW"
 */
void libxt_check_table(char **argv, const char *what);
void libxt_check_save_ct(char **argv, const char *what, const char *option);
void libxt_check_priority(char **argv, const char *what);

/* With up to six decimals; the result is in millionths. */
bool libxt_decimal(const char *s, int64_t *v);
void libxt_print_decimal(int64_t v);

#endif /* LIBXT_H */
