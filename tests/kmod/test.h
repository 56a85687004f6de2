/* SPDX-License-Identifier: GPL-2.0 */
/* Numbered checks of lf_kmod_test.ko: what fails is printed, the rest is counted. */
#ifndef LF_TEST_H
#define LF_TEST_H

#include <linux/printk.h>
#include <linux/types.h>

extern unsigned int lf_passed, lf_failed;
extern bool lf_quick;

bool lf_check(bool ok, const char *what, const char *name, s64 got, s64 want);

/* @name tells rows of a table apart, or is "". */
#define CHECK_EQ(name, got, want) ({						\
	s64 got_ = (got), want_ = (want);					\
	lf_check(got_ == want_, #got, name, got_, want_); })
#define CHECK_NEAR(name, got, want, by) ({					\
	s64 got_ = (got), want_ = (want);					\
	lf_check(abs(got_ - want_) <= (by), #got, name, got_, want_); })
#define CHECK(name, cond) lf_check(cond, #cond, name, 0, 1)

/*
 * A generator of our own (xorshift64): the same numbers in every run, and no debugging kernel
 * chokes on it.
 */
static inline u64 test_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void test_parse(void);
void test_feature(void);
void test_table(void);
void test_table_evict(void);
void test_table_age(void);
void test_table_pair(void);
void test_table_grow(void);
void test_frags(void);

#endif /* LF_TEST_H */
