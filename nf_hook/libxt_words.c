// SPDX-License-Identifier: GPL-2.0
#include "libxt.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DECIMALS	6

/*
 * The value of an option given as @brief WORD, @briefWORD, @full WORD or @full=WORD; NULL if the
 * option is missing.
 */
static const char *word_of(char **argv, const char *brief, const char *full)
{
	size_t n = strlen(full);

	for (; *argv; argv++) {
		if (!strcmp(*argv, brief) || !strcmp(*argv, full))
			return argv[1];
		if (!strncmp(*argv, full, n) && (*argv)[n] == '=')
			return *argv + n + 1;
		if (!strncmp(*argv, brief, 2) && (*argv)[2])
			return *argv + 2;
	}
	return NULL;
}

static bool word_is(const char *word, const char *wanted)
{
	return word && !strcmp(word, wanted);
}

void libxt_check_table(char **argv, const char *what)
{
	if (word_is(word_of(argv, "-t", "--table"), "nat"))
		libxt_refuse("%s: the nat table sees only the first packet of a connection: "
			     "use the mangle table", what);
}

void libxt_check_save_ct(char **argv, const char *what, const char *option)
{
	if (word_is(word_of(argv, "-t", "--table"), "raw"))
		libxt_refuse("%s: --%s: the raw table precedes connection tracking: use "
			     "the mangle table", what,
			     option);
}

void libxt_check_priority(char **argv, const char *what)
{
	static const char *const verbs[][2] = {
		{ "-A", "--append" }, { "-I", "--insert" }, { "-R", "--replace" },
	};
	const char *chain;
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		chain = word_of(argv, verbs[i][0], verbs[i][1]);
		if (word_is(chain, "PREROUTING") || word_is(chain, "INPUT"))
			libxt_refuse("%s: --set-priority: IPv4 forwarding overwrites a priority "
				     "set in %s: use FORWARD, OUTPUT or POSTROUTING",
				     what, chain);
	}
}

void libxt_name(char *name, const char *s, size_t len, const char *what)
{
	if (!lq_name_ok_n(s, len))
		libxt_refuse("%s is " LQ_NAME_RULE ", not \"%.*s\"", what, (int)len, s);
	memset(name, 0, XT_LITEFLOW_NAME_LEN);
	memcpy(name, s, len);
}

bool libxt_decimal(const char *s, int64_t *v)
{
	bool minus = *s == '-';
	int decimals = -1;		/* no decimal point yet */
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
