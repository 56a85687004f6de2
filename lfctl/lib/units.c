// SPDX-License-Identifier: GPL-2.0
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

#define DECIMALS	9	/* further ones are below every base unit */

const struct unit units_time[] = {
	{ "s", 1000000000 }, { "sec", 1000000000 }, { "secs", 1000000000 },
	{ "ms", 1000000 }, { "msec", 1000000 }, { "msecs", 1000000 },
	{ "us", 1000 }, { "usec", 1000 }, { "usecs", 1000 },
	{ "ns", 1 }, { "nsec", 1 }, { "nsecs", 1 },
	{ 0 }
};

#define KIBI	1024ull

const struct unit units_rate[] = {
	{ "bit", 1 }, { "bps", 8 },
	{ "kbit", 1000 }, { "kibit", KIBI }, { "kbps", 8000 }, { "kibps", 8 * KIBI },
	{ "mbit", 1000000 }, { "mibit", KIBI * KIBI },
	{ "mbps", 8000000 }, { "mibps", 8 * KIBI * KIBI },
	{ "gbit", 1000000000 }, { "gibit", KIBI * KIBI * KIBI },
	{ "gbps", 8000000000 }, { "gibps", 8 * KIBI * KIBI * KIBI },
	{ "tbit", 1000000000000 }, { "tibit", KIBI * KIBI * KIBI * KIBI },
	{ "tbps", 8000000000000 }, { "tibps", 8 * KIBI * KIBI * KIBI * KIBI },
	{ 0 }
};

const struct unit units_count[] = {
	{ "", 1 }, { "k", KIBI }, { "m", KIBI * KIBI }, { "g", KIBI * KIBI * KIBI },
	{ 0 }
};

/*
 * Reads digits in units of 10^-DECIMALS, and returns what follows; NULL: there are none, or too
 * many.
 */
static const char *number(const char *s, unsigned __int128 *v)
{
	unsigned int before = 0, behind = 0;

	for (*v = 0; isdigit((unsigned char)*s); s++, before++) {
		if (*v > INT64_MAX)
			return NULL;
		*v = *v * 10 + (*s - '0');
	}
	if (*s == '.') {
		for (s++; isdigit((unsigned char)*s); s++, behind++)
			if (behind < DECIMALS)
				*v = *v * 10 + (*s - '0');
		if (!behind)
			return NULL;
	}
	if (!before && !behind)
		return NULL;
	for (; behind < DECIMALS; behind++)
		*v *= 10;
	return s;
}

static uint64_t worth(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (!strcasecmp(units->name, name))
			return units->is;
	return 0;
}

bool units_read(const struct unit *units, const char *s, const char *bare, uint32_t scale,
		uint64_t *v)
{
	const unsigned __int128 one = 1000000000, most = ((unsigned __int128)-1) >> 1;
	unsigned __int128 n, unit;
	const char *name = number(s, &n);

	if (!name)
		return false;
	unit = (unsigned __int128)worth(units, *name ? name : bare) * scale;
	if (!unit || n > most / unit)
		return false;
	n = (n * unit + one / 2) / one;
	if (n > INT64_MAX)
		return false;
	*v = n;
	return true;
}

bool units_u32(const char *s, uint32_t max, uint32_t *v)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	unsigned long long n;
	char *end;

	s += hex ? 2 : 0;
	if (hex ? !isxdigit((unsigned char)*s) : !isdigit((unsigned char)*s))
		return false;
	errno = 0;
	n = strtoull(s, &end, hex ? 16 : 10);
	if (*end || errno || n > max)
		return false;
	*v = n;
	return true;
}
