/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers with units, as tc(8) takes them: 500mbit, 1.5ms, 64k. Case is ignored. */
#ifndef UNITS_H
#define UNITS_H

#include <stdbool.h>
#include <stdint.h>

struct unit {
	const char *name;
	uint64_t is;		/* in base units */
};

/* Each ends with a row without a name. */
extern const struct unit units_time[];		/* ns: ns, us, ms, s */
/* bit/s: kbit, ...; kibit, ... of 1024; kbps, ... bytes */
extern const struct unit units_rate[];
extern const struct unit units_count[];		/* 1: nothing; k, m and g of 1024 */

/*
 * A decimal number with a unit, or `bare` without one. *v is number * unit * scale, rounded. False
 * if the text is invalid or the value is 2^63 or more.
 */
bool units_read(const struct unit *units, const char *s, const char *bare, uint32_t scale,
		uint64_t *v);

/* A whole number of at most max, decimal or, with 0x, hex. */
bool units_u32(const char *s, uint32_t max, uint32_t *v);

#endif /* UNITS_H */
