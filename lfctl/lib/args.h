/* SPDX-License-Identifier: GPL-2.0 */
/* Words of the command line: names, numbers, keywords. */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole number, at most max; the suffixes k, m and g are powers of 1024, as everywhere in tc. */
bool args_u32(const char *s, uint32_t max, uint32_t *v);

/*
 * A decimal number with an optional sign and at most six decimals, |v| < 2^31, in millionths; with
 * a suffix % it is divided by 100.
 */
bool args_millionths(const char *s, int64_t *v);

/* A rate as tc takes it, or a bare number of kbit/s as above, in millionths of a kbit/s. */
bool args_kbit_millionths(const char *s, int64_t *v);

/* A time as tc takes it, or a bare number of seconds, above 0 and below a year, as nanoseconds. */
bool args_seconds(const char *s, uint64_t *ns);

/*
 * A number with the unit ns, us, ms or s, at least a nanosecond and below a year, as nanoseconds.
 */
bool args_time(const char *s, uint64_t *ns);

/*
 * Hex digits to bytes: at most max bytes. Returns the number of digits, or -1 if it is not a hex
 * string or too long.
 */
int args_hex(const char *s, uint8_t *out, size_t max);

/*
 * The index of one of n words, which may be abbreviated if unambiguous; -1: no match; -2:
 * ambiguous.
 */
int args_word(const char *s, const char *const *words, int n);

#endif /* ARGS_H */
