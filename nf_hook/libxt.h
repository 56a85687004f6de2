/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two iptables plugins share: words of the command line to fields, and fields to words.
 *
 * They use the old getopt interface of libxtables. The newer one's option table grew between
 * iptables 1.8.9 and 1.8.11 under the same version string, so that a plugin built for one crashes
 * the other; these work with all.
 */
#ifndef LIBXT_H
#define LIBXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <xtables.h>
#include <linux/netfilter/xt_LITEFLOW.h>

#include "../lfctl/units.h"	/* units_u32() */

/* A complaint about the command line: one sentence, and the program ends. */
#define libxt_refuse(fmt, ...) xtables_error(PARAMETER_PROBLEM, fmt, ##__VA_ARGS__)

/*
 * @len bytes of @s as a name, zero behind its end; ends the program if they are none. @what:
 * "LITEFLOW: --slot"
 */
void libxt_name(char *name, const char *s, size_t len, const char *what);

/*
 * A plugin is not told what table and chain its rule is for, and what the kernel refuses is in its
 * log alone. But it sees the command line, which iptables-restore makes for each rule, too: these
 * end the program if that says what will not do. @what: "LITEFLOW"
 */
void libxt_check_table(char **argv, const char *what);
void libxt_check_save_ct(char **argv, const char *what, const char *option);
void libxt_check_priority(char **argv, const char *what);

/* With up to six decimals, in millionths. */
bool libxt_decimal(const char *s, int64_t *v);
void libxt_print_decimal(int64_t v);

#endif /* LIBXT_H */
