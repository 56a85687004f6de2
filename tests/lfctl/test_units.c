// SPDX-License-Identifier: GPL-2.0
/* Numbers with units (lfctl/lib/units.h): tables of what is taken, and what is not. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../lfctl/lib/args.h"
#include "../../lfctl/lib/units.h"

#define BAD	UINT64_MAX

struct row {
	const char *text;
	uint64_t v;		/* BAD: refused */
};

static void each(const struct unit *units, const char *bare, uint32_t scale, const struct row *row)
{
	uint64_t v;

	for (; row->text; row++) {
		v = BAD;
		if (units_read(units, row->text, bare, scale, &v) != (row->v != BAD) || v != row->v)
			fail_msg("'%s' is %" PRIu64 ", not %" PRIu64, row->text, v, row->v);
	}
}

static void times(void **state)
{
	static const struct row rows[] = {
		{ "1", 1000000000 }, { "1s", 1000000000 }, { "1.5ms", 1500000 }, { "2us", 2000 },
		{ "250ns", 250 },
		{ "0.25", 250000000 }, { ".5", 500000000 }, { "30SECS", 30000000000 },
		{ "1.0000000004s", 1000000000 },
		{ "0.5ns", 1 }, { "0.4ns", 0 }, { "0", 0 }, { "9223372036.5", 9223372036500000000 },
		{ "", BAD }, { ".", BAD }, { "s", BAD }, { "1.", BAD }, { "1 s", BAD },
		{ "1ss", BAD }, { "-1", BAD }, { "+1", BAD },
		{ "1e3", BAD }, { "0x1", BAD }, { "nan", BAD }, { "1min", BAD },
		{ "9223372037s", BAD },
		{ "99999999999999999999999999999999999999999", BAD },
		{ 0 }
	};

	(void)state;
	each(units_time, "s", 1, rows);
}

static void rates(void **state)
{
	static const struct row rows[] = {
		{ "500mbit", 500000000 }, { "500Mbit", 500000000 }, { "2.5gbit", 2500000000 },
		{ "64kbit", 64000 }, { "64", 64000 },
		{ "1kibit", 1024 }, { "1mbps", 8000000 }, { "1bps", 8 }, { "1bit", 1 },
		{ "1tbit", 1000000000000 }, { "1.5", 1500 },
		{ "10mbits", BAD }, { "mbit", BAD }, { "10ms", BAD }, { "10m", BAD },
		{ "10000000tbps", BAD },
		{ 0 }
	};
	static const struct row thousandths[] = {
		{ "0.001", 1000 }, { "1.2345bit", 1235 }, { "1kbit", 1000000 },
		{ 0 }
	};

	(void)state;
	each(units_rate, "kbit", 1, rows);
	each(units_rate, "kbit", 1000, thousandths);
}

static void counts(void **state)
{
	static const struct row rows[] = {
		{ "0", 0 }, { "65536", 65536 }, { "64k", 65536 }, { "64K", 65536 },
		{ "1.5k", 1536 }, { "1m", 1048576 },
		{ "4294967295", 4294967295 },
		{ "0.5", BAD }, { "1.0001k", BAD }, { "4g", BAD }, { "-1", BAD }, { "1x", BAD },
		{ "64kb", BAD }, { "", BAD },
		{ 0 }
	}, *row;
	uint32_t v;

	(void)state;
	for (row = rows; row->text; row++) {
		v = 0;
		if (args_u32(row->text, UINT32_MAX, &v) != (row->v != BAD) ||
		    (row->v != BAD && v != row->v))
			fail_msg("'%s' is %" PRIu32, row->text, v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(rates),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
