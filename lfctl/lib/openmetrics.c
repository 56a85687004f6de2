// SPDX-License-Identifier: GPL-2.0
#include "openmetrics.h"

#include <inttypes.h>

#define PREFIX	"liteflow_"

static const char *suffix(enum om_type type)
{
	static const char *const suffixes[] = { "", "_total", "_info" };

	return suffixes[type];
}

void om_family(struct om *om, enum om_type type, const char *name, const char *unit,
	       const char *help)
{
	om->type = type;
	om->name = name;
	om->unit = unit;
	om->help = help;
	om->head = false;
}

static void head(struct om *om)
{
	static const char *const strict[] = { "gauge", "counter", "info" };
	static const char *const plain[] = { "gauge", "counter", "gauge" };
	const char *end = om->strict ? "" : suffix(om->type);

	fprintf(om->f, "# HELP " PREFIX "%s%s %s\n", om->name, end, om->help);
	fprintf(om->f, "# TYPE " PREFIX "%s%s %s\n", om->name, end,
		(om->strict ? strict : plain)[om->type]);
	if (om->strict && om->unit)
		fprintf(om->f, "# UNIT " PREFIX "%s %s\n", om->name, om->unit);
	om->head = true;
}

void om_sample(struct om *om)
{
	if (!om->head)
		head(om);
	fprintf(om->f, PREFIX "%s%s", om->name, suffix(om->type));
	om->labels = false;
	if (om->netns)
		om_label(om, "netns", om->netns);
}

/* Length in bytes of the UTF-8 character at s, 0 if there is none (RFC 3629, 4). */
static int utf8(const unsigned char *s)
{
	int i, n;

	n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* A name may have any byte, a label's value is UTF-8: other bytes are shown as \xHH. */
static void escape(FILE *f, const unsigned char *s)
{
	int n;

	for (; *s; s += n) {
		n = utf8(s);
		if (!n)
			fprintf(f, "\\\\x%02x", *s);
		else if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else
			fwrite(s, 1, n, f);
		n += !n;
	}
}

void om_label(struct om *om, const char *key, const char *value)
{
	fprintf(om->f, "%c%s=\"", om->labels ? ',' : '{', key);
	escape(om->f, (const unsigned char *)value);
	fputc('"', om->f);
	om->labels = true;
}

void om_u64(struct om *om, uint64_t v)
{
	fprintf(om->f, "%s %" PRIu64 "\n", om->labels ? "}" : "", v);
}

void om_double(struct om *om, double v)
{
	fprintf(om->f, "%s %.10g\n", om->labels ? "}" : "", v);
}

void om_end(struct om *om)
{
	if (om->strict)
		fputs("# EOF\n", om->f);
}
