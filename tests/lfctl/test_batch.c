// SPDX-License-Identifier: GPL-2.0
/*
 * The decoding of batches: what is in them comes out, what contradicts itself is refused, what is
 * missing is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "messages.h"

static struct message m;

static void put_samples(uint32_t n, uint32_t words)
{
	uint8_t data[4096], *p = data;
	uint32_t i;

	for (i = 0; i < n; i++)
		p = message_sample(p, i, words);
	mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_SAMPLES, p - data, data);
}

static void good(void **state)
{
	int32_t x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	struct batch_sample s;
	struct batch b;

	(void)state;
	message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
	message_head(&m, "web", 3, 2, 9, 4);
	put_samples(3, 5);
	assert_int_equal(batch_parse(m.nlh, &b), 0);
	assert_string_equal(b.slot, "web");
	assert_int_equal(b.hash[31], 0x5e);
	assert_int_equal(b.generation, 3);
	assert_int_equal(b.cpu, 1);
	assert_int_equal(b.seq, 9);
	assert_int_equal(b.lost, 4);
	assert_int_equal(b.n_samples, 3);
	assert_int_equal(b.n_outcomes, 0);
	batch_sample(&b, 2, &s, x, y);
	assert_true(s.time_ns == 0x112233445566778aull);
	assert_true(s.flow == 0xfedcba9876543210ull);
	assert_int_equal(s.packets, 9);
	assert_int_equal(s.attach, LITEFLOW_ATTACH_KIND_HOOK);
	assert_int_equal(s.class, BATCH_NO_CLASS);
	assert_int_equal(x[0], 200);
	assert_int_equal(x[1], -201);
	assert_int_equal(x[2], 202);
	assert_int_equal(y[0], -203);
	assert_int_equal(y[1], 204);
}

static void put_rewards(uint32_t n, uint32_t rows)
{
	int32_t data[256];
	uint32_t i;

	for (i = 0; i < n * rows; i++)
		data[i] = 1000 + i;
	mnl_attr_put_u32(m.nlh, LITEFLOW_A_BATCH_N_REWARDS, n);
	mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_REWARDS, 4 * n * rows, data);
}

/* As many terms as this tool knows, more, fewer; for as many samples as there are, or not. */
static void rewards(void **state)
{
	int32_t r[LQ_N_REWARDS];
	struct batch b;
	uint32_t n;

	(void)state;
	for (n = LQ_N_REWARDS - 1; n <= LQ_N_REWARDS + 1; n++) {
		message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
		message_head(&m, "web", 3, 2, 9, 4);
		put_samples(3, 5);
		put_rewards(n, 3);
		assert_int_equal(batch_parse(m.nlh, &b), 0);
		assert_int_equal(b.n_samples, 3);
		assert_int_equal(b.rewarded, n >= LQ_N_REWARDS);
		if (!b.rewarded)
			continue;
		batch_rewards(&b, 2, r);
		assert_int_equal(r[0], 1000 + 2 * n);
		assert_int_equal(r[LQ_N_REWARDS - 1], 1000 + 2 * n + LQ_N_REWARDS - 1);
	}
	message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
	message_head(&m, "web", 3, 2, 9, 4);
	put_samples(3, 5);
	put_rewards(LQ_N_REWARDS, 2);
	assert_int_equal(batch_parse(m.nlh, &b), -1);
	message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
	message_head(&m, "web", 3, 2, 9, 4);
	put_samples(3, 5);
	mnl_attr_put_u32(m.nlh, LITEFLOW_A_BATCH_N_REWARDS, 0xffffffff);
	assert_int_equal(batch_parse(m.nlh, &b), -1);
}

static void outcomes(void **state)
{
	struct batch_outcome o = { 1, 2, 3, 4, 5, 6, 7, 2, 1 }, got;
	struct batch b;

	(void)state;
	message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
	message_head(&m, "web", 3, 2, 0, 0);
	mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_OUTCOMES, sizeof(o), &o);
	assert_int_equal(batch_parse(m.nlh, &b), 0);
	assert_int_equal(b.n_samples, 0);
	assert_int_equal(b.n_outcomes, 1);
	batch_outcome(&b, 0, &got);
	assert_memory_equal(&got, &o, sizeof(o));
}

/* An older module sends none; as many as outcomes, or the message is refused. */
static void labels(void **state)
{
	struct batch_outcome o[2] = { { 1 }, { 2 } };
	struct batch_label l[2] = { { .cgroup = 1 }, { .cgroup = 5, .mark = 6, .dscp = 46 } }, got;
	const struct batch_label none = { 0 };
	struct batch b;
	unsigned int n;

	(void)state;
	for (n = 0; n <= 2; n++) {
		message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
		message_head(&m, "web", 3, 2, 0, 0);
		mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_OUTCOMES, sizeof(o), o);
		if (n)
			mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_LABELS, n * sizeof(l[0]), l);
		assert_int_equal(batch_parse(m.nlh, &b), n == 1 ? -1 : 0);
		if (n == 1)
			continue;
		batch_label(&b, 1, &got);
		assert_memory_equal(&got, n ? &l[1] : &none, sizeof(got));
	}
}

static void peers(void **state)
{
	struct batch_outcome o[2] = { { 1 }, { 2 } };
	uint64_t peer[2] = { 1, UINT64_MAX };
	struct batch b;
	unsigned int n;

	(void)state;
	for (n = 0; n <= 2; n++) {
		message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
		message_head(&m, "web", 3, 2, 0, 0);
		mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_OUTCOMES, sizeof(o), o);
		if (n)
			mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_PEERS, n * sizeof(peer[0]), peer);
		assert_int_equal(batch_parse(m.nlh, &b), n == 1 ? -1 : 0);
		if (n != 1)
			assert_true(batch_peer(&b, 1) == (n ? peer[1] : 0));
	}
}

static void foreign(void **state)
{
	struct batch b;

	(void)state;
	message_begin(&m, LITEFLOW_CMD_EVENT_NTF);
	message_head(&m, "web", 3, 2, 0, 0);
	assert_int_equal(batch_parse(m.nlh, &b), 1);
	message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
	m.nlh->nlmsg_len = 16;
	assert_int_equal(batch_parse(m.nlh, &b), 1);
	/* An attribute of a later version is passed over. */
	message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
	message_head(&m, "web", 3, 2, 0, 0);
	mnl_attr_put_u32(m.nlh, LITEFLOW_A_BATCH_MAX + 1, 1);
	assert_int_equal(batch_parse(m.nlh, &b), 0);
}

/* Each is refused as a whole. */
static void malformed(void **state)
{
	static const char name32[] = "0123456789abcdef0123456789abcdef";
	uint8_t data[4096] = { 0 };
	struct batch b;
	int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		message_begin(&m, LITEFLOW_CMD_BATCH_NTF);
		if (i == 1)
			/* a name without room for its NUL */
			message_head(&m, name32, 3, 2, 0, 0);
		else if (i == 2)
			message_head(&m, "web", LQ_MAX_INPUTS + 1, 2, 0, 0);
		else if (i == 3)
			message_head(&m, "web", 3, LQ_MAX_OUTPUTS + 1, 0, 0);
		else if (i == 4)
			/* 4 * their sum wraps 32 bits */
			message_head(&m, "web", 0xffffffff, 0xffffffff, 0, 0);
		else if (i)
			/* 0: no head at all */
			message_head(&m, "web", 3, 2, 0, 0);
		if (i == 5)
			/* records have 44 bytes */
			mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_SAMPLES, 45, data);
		if (i == 6)
			mnl_attr_put(m.nlh, LITEFLOW_A_BATCH_OUTCOMES, 47, data);
		if (i == 7)
			/* of another width */
			mnl_attr_put_u32(m.nlh, LITEFLOW_A_BATCH_LOST, 1);
		if (batch_parse(m.nlh, &b) != -1)
			fail_msg("case %d was accepted", i);
	}
}

static void note(struct batch_track *t, uint32_t cpu, uint32_t seq, uint64_t lost)
{
	struct batch b = { .cpu = cpu, .seq = seq, .lost = lost };

	batch_track(t, &b);
}

static void track(void **state)
{
	static struct batch_track t;

	(void)state;
	note(&t, 0, 17, 5);		/* what was before is not ours to count */
	note(&t, 0, 18, 5);
	assert_int_equal(t.gap_batches + t.lost, 0);
	note(&t, 0, 21, 9);
	assert_int_equal(t.gap_batches, 2);
	assert_int_equal(t.lost, 4);
	note(&t, 1, 0, 0);		/* another CPU has its own numbers */
	note(&t, 1, 1, 0);
	note(&t, 0, 0, 0);		/* the slot was made anew */
	note(&t, 0, 1, 1);
	assert_int_equal(t.gap_batches, 2);
	assert_int_equal(t.lost, 5);
	note(&t, 2, 0xffffffff, 0);	/* numbers wrap */
	note(&t, 2, 0, 0);
	assert_int_equal(t.gap_batches, 2);
	note(&t, 0xffffffff, 3, 0);	/* no such CPU */
	note(&t, BATCH_CPUS - 1, 3, 0);
	assert_int_equal(t.gap_batches, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),   cmocka_unit_test(rewards), cmocka_unit_test(outcomes),
		cmocka_unit_test(labels), cmocka_unit_test(peers),
		cmocka_unit_test(foreign), cmocka_unit_test(malformed),
		cmocka_unit_test(track),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
