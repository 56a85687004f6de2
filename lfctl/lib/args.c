// SPDX-License-Identifier: GPL-2.0
#include "args.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lq/format.h>

#include "units.h"

bool args_u32(const char *s, uint32_t max, uint32_t *v)
{
	uint64_t n;

	if (!units_read(units_count, s, "", 1000, &n) || n % 1000 || n / 1000 > max)
		return false;
	*v = n / 1000;
	return true;
}

bool args_millionths(const char *s, int64_t *v)
{
	bool minus = *s == '-';
	char digits[7] = "000000";
	uint64_t whole;
	size_t n;
	char *end;

	s += minus;
	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	whole = strtoull(s, &end, 10);
	if (errno || whole > INT32_MAX)
		return false;
	if (*end == '.') {
		n = strspn(end + 1, "0123456789");
		if (!n || n > 6)
			return false;
		memcpy(digits, end + 1, n);
		end += 1 + n;
	}
	*v = (int64_t)whole * 1000000 + strtol(digits, NULL, 10);
	if (minus)
		*v = -*v;
	if (!*end)
		return true;
	if (strcmp(end, "%") || *v % 100)
		return false;
	*v /= 100;
	return true;
}

bool args_kbit_millionths(const char *s, int64_t *v)
{
	uint64_t n;

	if (args_millionths(s, v))
		return s[strlen(s) - 1] != '%';
	if (!units_read(units_rate, s, "kbit", 1000, &n))
		return false;
	*v = n;
	return true;
}

bool args_seconds(const char *s, uint64_t *ns)
{
	return units_read(units_time, s, "s", 1, ns) && *ns && *ns < 365 * 86400 * 1000000000ull;
}

bool args_time(const char *s, uint64_t *ns)
{
	static const struct { const char *name; double ns; } units[] = {
		{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	};
	size_t u, digits = strspn(s, "0123456789.");
	char *end;
	double v = strtod(s, &end);

	if (!digits || end != s + digits)
		return false;
	for (u = 0; u < sizeof(units) / sizeof(units[0]); u++)
		if (!strcmp(end, units[u].name))
			break;
	if (u == sizeof(units) / sizeof(units[0]))
		return false;
	v *= units[u].ns;
	*ns = v < 365 * 86400e9 ? v + 0.5 : 0;
	return *ns;
}

int args_hex(const char *s, uint8_t *out, size_t max)
{
	static const char digits[] = "0123456789abcdef";
	size_t i, n = strlen(s);
	const char *d;

	if (!n || n > 2 * max)
		return -1;
	memset(out, 0, max);
	for (i = 0; i < n; i++) {
		d = strchr(digits, tolower((unsigned char)s[i]));
		if (!d)
			return -1;
		out[i / 2] |= (d - digits) << (i % 2 ? 0 : 4);
	}
	return n;
}

int args_word(const char *s, const char *const *words, int n)
{
	size_t len = strlen(s);
	int i, found = -1;

	for (i = 0; i < n; i++) {
		if (!strcmp(words[i], s))
			return i;
		if (len && !strncmp(words[i], s, len))
			found = found == -1 ? i : -2;
	}
	return found;
}
