// SPDX-License-Identifier: GPL-2.0
#include "libxt.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DECIMALS	6

void libxt_name(char *name, const char *s, size_t len, const char *what)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isascii((unsigned char)s[i]) || (!isalnum((unsigned char)s[i]) && !strchr("._-", s[i])))
			break;
	if (!len || i < len || len >= XT_LITEFLOW_NAME_LEN)
		libxt_refuse("%s is 1 to %d of the characters A-Z a-z 0-9 . _ -, not \"%.*s\"", what,
			     XT_LITEFLOW_NAME_LEN - 1, (int)len, s);
	memset(name, 0, XT_LITEFLOW_NAME_LEN);
	memcpy(name, s, len);
}

bool libxt_number(const char *s, uint32_t max, uint32_t *v)
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

bool libxt_decimal(const char *s, int64_t *v)
{
	bool minus = *s == '-';
	int decimals = -1;		/* none yet, not even the point */
	int64_t n = 0;

	s += minus;
	if (!isdigit((unsigned char)*s))
		return false;
	for (; *s; s++) {
		if (*s == '.' && decimals < 0) {
			decimals = 0;
			continue;
		}
		if (!isdigit((unsigned char)*s) || decimals == DECIMALS ||
		    __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *s - '0', &n))
			return false;
		decimals += decimals >= 0;
	}
	for (decimals = decimals < 0 ? 0 : decimals; decimals < DECIMALS; decimals++)
		if (__builtin_mul_overflow(n, 10, &n))
			return false;
	*v = minus ? -n : n;
	return true;
}

void libxt_print_decimal(int64_t v)
{
	uint64_t n = v < 0 ? -(uint64_t)v : (uint64_t)v;
	unsigned int rest = n % XT_LITEFLOW_SCORE_UNIT;
	int width = DECIMALS;

	printf("%s%" PRIu64, v < 0 ? "-" : "", n / XT_LITEFLOW_SCORE_UNIT);
	if (!rest)
		return;
	for (; rest % 10 == 0; rest /= 10)
		width--;
	printf(".%0*u", width, rest);
}
