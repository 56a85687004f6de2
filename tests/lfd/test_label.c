// SPDX-License-Identifier: GPL-2.0
/* Rules as they are written, and what they match. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lfd/label.h"

static struct label_rules rules;

static const char *of(const struct label_facts *f)
{
	const char *class = label_class(&rules, f);

	return class ? class : "none";
}

static void add(const char *text)
{
	char why[256] = "";

	if (!label_parse(text, &rules.rule[rules.n], why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	rules.n++;
}

static struct label_facts facts(enum label_fact a, uint64_t va, enum label_fact b, uint64_t vb)
{
	struct label_facts f = { .known = 1u << a | 1u << b };

	f.v[a] = va;
	f.v[b] = vb;
	return f;
}

static void rules_match(void **none)
{
	struct label_facts f;

	(void)none;
	rules.n = 0;
	add("mark 0x10/0xf0 class marked");
	add("dscp 46 proto 17 class media");
	add("port 5000-5010 class call");
	add("bytes 1m- duration 2s- class bulk");
	f = facts(FACT_MARK, 0x1f, FACT_BYTES, 1);
	assert_string_equal(of(&f), "marked");
	f = facts(FACT_MARK, 0x2f, FACT_BYTES, 1);
	assert_string_equal(of(&f), "none");
	f = facts(FACT_DSCP, 46, FACT_PROTO, 17);
	assert_string_equal(of(&f), "media");
	f = facts(FACT_DSCP, 46, FACT_PROTO, 6);
	assert_string_equal(of(&f), "none");
	f = facts(FACT_SPORT, 5010, FACT_DPORT, 1);
	assert_string_equal(of(&f), "call");
	f = facts(FACT_SPORT, 1, FACT_DPORT, 5000);
	assert_string_equal(of(&f), "call");
	f = facts(FACT_SPORT, 4999, FACT_DPORT, 5011);
	assert_string_equal(of(&f), "none");
	f = facts(FACT_BYTES, 1048576, FACT_DURATION, 2000000);
	assert_string_equal(of(&f), "bulk");
	f = facts(FACT_BYTES, 1048576, FACT_DURATION, 1999999);
	assert_string_equal(of(&f), "none");
}

/* What is not known is not 0. */
static void unknown_is_no_match(void **none)
{
	struct label_facts f = { 0 };

	(void)none;
	rules.n = 0;
	add("mark 0 class a");
	add("dscp 0-63 class b");
	assert_string_equal(of(&f), "none");
	f.known = 1u << FACT_MARK;
	assert_string_equal(of(&f), "a");
}

static void first_rule_wins(void **none)
{
	struct label_facts f = facts(FACT_DSCP, 8, FACT_PROTO, 6);

	(void)none;
	rules.n = 0;
	add("dscp 8 class a");
	add("proto 6 class b");
	assert_string_equal(of(&f), "a");
}

static void bad_rules_say_why(void **none)
{
	static const char *const bad[][2] = {
		{ "", "ends with class" },
		{ "class a", "every flow" },
		{ "dscp 46", "ends with class" },
		{ "dscp class a", "neither a value" },
		{ "dscp 46 class", "needs a value" },
		{ "color 3 class a", "can test" },
		{ "dscp 1/3 class a", "neither a value" },
		{ "mark 0x3/0x1 class a", "VALUE/MASK" },
		{ "port 9-3 class a", "LEAST-GREATEST" },
		{ "port - class a", "LEAST-GREATEST" },
		{ "dscp 1 class a dscp 2", "nothing may follow" },
		{ "dscp 1 class a/b", "is not a class name" },
		{ "dscp -1 class a", "" },
		{ "bytes 1x class a", "neither a value" },
		{ "dscp 1 dscp 1 dscp 1 dscp 1 dscp 1 dscp 1 dscp 1 class a", "six facts" },
	};
	struct label_rule r;
	char why[256];
	size_t i;

	(void)none;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*why = 0;
		if (label_parse(bad[i][0], &r, why, sizeof(why))) {
			if (*bad[i][1])
				fail_msg("'%s' was taken", bad[i][0]);
		} else if (!strstr(why, bad[i][1])) {
			fail_msg("'%s': %s", bad[i][0], why);
		}
	}
}

static void values(void **none)
{
	struct label_facts f = facts(FACT_BYTES, 1023, FACT_DURATION, 3);

	(void)none;
	assert_true(label_value(LABEL_BYTES, &f, 0) == 10);
	assert_true(label_value(LABEL_REMAINING, &f, 1008) == 4);
	assert_true(label_value(LABEL_REMAINING, &f, 5000) == 0);
	assert_true(label_value(LABEL_DURATION, &f, 0) == 2);
}

static void groups(void **none)
{
	struct label_facts a = facts(FACT_SPORT, 40000, FACT_DPORT, 443),
			   b = facts(FACT_SPORT, 443, FACT_DPORT, 50000);
	struct label_facts c = facts(FACT_SPORT, 40000, FACT_DPORT, 80), nothing = { 0 };

	(void)none;
	assert_int_equal(label_group(&a), label_group(&b));
	assert_int_not_equal(label_group(&a), label_group(&c));
	a.peer = 7;
	assert_int_not_equal(label_group(&a), label_group(&b));
	assert_int_not_equal(label_group(&nothing), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_match),	   cmocka_unit_test(unknown_is_no_match),
		cmocka_unit_test(first_rule_wins), cmocka_unit_test(bad_rules_say_why),
		cmocka_unit_test(values),	   cmocka_unit_test(groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
