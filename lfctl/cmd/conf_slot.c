// SPDX-License-Identifier: GPL-2.0
#include "conf_slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "guard.h"
#include "slot.h"

#define WORDS_MAX	20	/* of a guard */

bool conf_slot_param(const char *in, char *out, size_t n)
{
	int64_t v;
	int at;

	if (!args_millionths(in, &v) && !args_kbit_millionths(in, &v))
		return false;
	at = snprintf(out, n, "%s%" PRId64 ".%06" PRId64, v < 0 ? "-" : "", labs(v) / 1000000,
		      labs(v) % 1000000);
	while (out[at - 1] == '0')
		out[--at] = 0;
	if (out[at - 1] == '.')
		out[at - 1] = 0;
	return true;
}

bool conf_slot_shadow(const char *in, char *out, size_t n)
{
	uint32_t every;

	if (!slot_parse_shadow(in, &every))
		return false;
	if (every)
		snprintf(out, n, "%" PRIu32, every);
	else
		snprintf(out, n, "off");
	return true;
}

bool conf_slot_flush(const char *in, char *out, size_t n)
{
	uint32_t ms;

	if (!slot_parse_flush(in, &ms))
		return false;
	snprintf(out, n, "%" PRIu32 "ms", ms);
	return true;
}

bool conf_slot_confidence(const char *in, char *out, size_t n)
{
	uint8_t percent;

	if (!slot_parse_confidence(in, &percent))
		return false;
	snprintf(out, n, "%u", percent);
	return true;
}

bool conf_slot_buffers(const char *in, char *out, size_t n)
{
	uint32_t buffers;

	if (!slot_parse_buffers(in, &buffers))
		return false;
	snprintf(out, n, "%" PRIu32, buffers);
	return true;
}

bool conf_slot_history(const char *in, char *out, size_t n)
{
	char text[SLOT_HISTORY_TEXT];
	uint32_t by;

	if (!slot_parse_history(in, &by))
		return false;
	slot_history_text(by, text);
	snprintf(out, n, "%s", text);
	return true;
}

bool conf_slot_guard(const char *in, char *out, size_t n)
{
	char copy[256], why[256], *word, *save = NULL, *words[WORDS_MAX];
	struct guard_args a;
	int count = 0;

	if (snprintf(copy, sizeof(copy), "%s", in) >= (int)sizeof(copy))
		return false;
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (count == WORDS_MAX)
			return false;
		words[count++] = word;
	}
	if (guard_parse(&a, count, words, why, sizeof(why)) || a.generation)
		return false;
	guard_words(&a, out, n);
	return true;
}
