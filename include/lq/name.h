/* SPDX-License-Identifier: GPL-2.0 */
/* The rule for names: of models, inputs and outputs, slots, hooks and learners. */
#ifndef LQ_NAME_H
#define LQ_NAME_H

#include <lq/types.h>

#define LQ_NAME_LEN	32	/* with at least one NUL */
#define LQ_NAME_RULE	"1 to 31 of A-Z a-z 0-9 . _ -"	/* for messages */

static inline bool lq_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* Are the first @len characters of @s a name? */
static inline bool lq_name_ok_n(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < LQ_NAME_LEN; i++)
		if (!lq_name_char(s[i]))
			return false;
	return len && len < LQ_NAME_LEN;
}

static inline bool lq_name_ok(const char *s)
{
	return lq_name_ok_n(s, strlen(s));
}

#endif /* LQ_NAME_H */
