// SPDX-License-Identifier: GPL-2.0
/* Values of a slot's options, as commands and configuration files have them. */
#include "slot.h"

#include <stdio.h>
#include <string.h>

#include "args.h"

bool slot_parse_shadow(const char *word, uint32_t *every)
{
	*every = 0;
	return !strcmp(word, "off") || args_u32(word, UINT32_MAX, every);
}

bool slot_parse_flush(const char *word, uint32_t *ms)
{
	uint64_t ns;

	if (!args_time(word, &ns) || ns % 1000000 || ns < 10000000 || ns > 10000000000ull)
		return false;
	*ms = ns / 1000000;
	return true;
}

bool slot_parse_confidence(const char *word, uint8_t *percent)
{
	size_t len = strlen(word);
	char digits[4] = "0";
	uint32_t v;

	if (len && word[len - 1] == '%')
		len--;
	if (len >= sizeof(digits))
		return false;
	if (strcmp(word, "off"))
		snprintf(digits, sizeof(digits), "%.*s", (int)len, word);
	if (!args_u32(digits, 99, &v))
		return false;
	*percent = v;
	return true;
}

bool slot_parse_buffers(const char *word, uint32_t *n)
{
	return args_u32(word, 1024, n) && *n >= 2;
}

const char *const slot_history_keys[SLOT_HISTORY_KEYS] = { "port", "peer", "source", "dscp" };

bool slot_parse_history(const char *word, uint32_t *by)
{
	char one[8];
	size_t len;
	int key;

	for (*by = 0; *word; word += len + (word[len] == ',' && word[len + 1])) {
		len = strcspn(word, ",");
		if (len >= sizeof(one))
			return false;
		snprintf(one, sizeof(one), "%.*s", (int)len, word);
		key = args_word(one, slot_history_keys, SLOT_HISTORY_KEYS);
		if (key < 0)
			return false;
		*by |= 1u << key;
	}
	return *by;
}

void slot_history_text(uint32_t by, char text[SLOT_HISTORY_TEXT])
{
	size_t at = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < SLOT_HISTORY_KEYS; i++)
		if (by & 1u << i)
			at += snprintf(text + at, SLOT_HISTORY_TEXT - at, "%s%s", at ? "," : "",
				       slot_history_keys[i]);
}
