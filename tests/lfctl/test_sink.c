// SPDX-License-Identifier: GPL-2.0
/* The files of lfctl record, byte by byte: header, rows, and what is left when the disk is full. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "../../lfctl/lib/lfctl.h"
#include "../../lfctl/lib/sink.h"
#include "messages.h"

#define HEADER	128

/* The last columns, and what they have in the rows below. */
#define IDS	"class,generation,attach,reason,packets,flow,time_ns\n"
#define ROW	"5,1,0,4000000000,9223372041149743106,1234605616436508552\n"

/* The two functions of main.c that sink.c calls. */
int lfctl_fail(const char *fmt, ...)
{
	(void)fmt;
	return LFCTL_FAIL;
}

static char dir[] = "/tmp/lfctl-sink-XXXXXX";
static char path[64];
static unsigned char data[1 << 20];
static size_t len;

static void name(const char *file)
{
	snprintf(path, sizeof(path), "%s/%s", dir, file);
}

static void slurp(void)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	len = fread(data, 1, sizeof(data) - 1, f);
	data[len] = 0;
	fclose(f);
}

static struct sink_layout layout(void)
{
	struct sink_layout l = { .n_inputs = 2, .n_outputs = 2 };

	strcpy(l.inputs[0], "flow.bytes");
	strcpy(l.inputs[1], "pkt.len");
	strcpy(l.outputs[0], "mice");
	strcpy(l.outputs[1], "elephants");
	return l;
}

static const struct batch batch = { .n_inputs = 2, .n_outputs = 2, .generation = 5 };
static const struct batch_sample sample = {
	.time_ns = 0x1122334455667788ull,
	.flow = 0x8000000100000002ull,
	.packets = 4000000000u,
	.attach = 1,
	.reason = 0,
	.class = 1,
};
static const int32_t x[2] = { INT32_MIN, 7 }, y[2] = { -3, INT32_MAX };

static uint32_t word(size_t row, size_t col)
{
	const unsigned char *p = data + HEADER + 4 * (row * 13 + col);

	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void npy(void **state)
{
	static const uint32_t want[13] = {
		0x80000000, 7,           0xfffffffd, 0x7fffffff, 1,          5,          1,
		0,          4000000000u, 2,          0x80000001, 0x55667788, 0x11223344,
	};
	struct sink_layout l = layout();
	struct sink s;
	size_t i, c;

	(void)state;
	name("a.npy");
	assert_int_equal(sink_open(&s, path, SINK_NPY), 0);
	assert_int_equal(sink_begin_samples(&s, &l), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(sink_sample(&s, &batch, &sample, x, y, NULL), 0);
	assert_int_equal(sink_flush(&s), 0);
	slurp();	/* complete while the recording goes on */
	assert_int_equal(len, HEADER + 3 * 13 * 4);
	assert_non_null(strstr((char *)data + 10, "'shape': (3, 13), }"));
	assert_int_equal(sink_sample(&s, &batch, &sample, x, y, NULL), 0);
	assert_int_equal(sink_close(&s), 0);
	slurp();
	assert_int_equal(len, HEADER + 4 * 13 * 4);
	assert_memory_equal(
		data,
		"\x93NUMPY\x01\x00\x76\x00{'descr': '<i4', 'fortran_order': False, 'shape': (4, "
		"13), }",
		70);
	assert_int_equal(data[HEADER - 1], '\n');
	for (i = 0; i < 4; i++)
		for (c = 0; c < 13; c++)
			assert_int_equal(word(i, c), want[c]);
}

static void npy_empty(void **state)
{
	struct sink_layout l = layout();
	struct sink s;

	(void)state;
	name("b.npy");
	assert_int_equal(sink_open(&s, path, SINK_NPY), 0);
	assert_int_equal(sink_begin_samples(&s, &l), 0);
	assert_int_equal(sink_close(&s), 0);
	slurp();
	assert_int_equal(len, HEADER);
	assert_non_null(strstr((char *)data + 10, "'shape': (0, 13), }"));
}

static void csv(void **state)
{
	struct batch_sample value = sample;
	struct sink_layout l = layout();
	struct sink s;

	(void)state;
	value.class = BATCH_NO_CLASS;
	name("a.csv");
	assert_int_equal(sink_open(&s, path, SINK_CSV), 0);
	assert_int_equal(sink_begin_samples(&s, &l), 0);
	assert_int_equal(sink_sample(&s, &batch, &sample, x, y, NULL), 0);
	assert_int_equal(sink_sample(&s, &batch, &value, x, y, NULL), 0);
	assert_int_equal(sink_close(&s), 0);
	slurp();
	assert_string_equal(
		data,
		"flow.bytes,pkt.len,y.mice,y.elephants," IDS
		"-2147483648,7,-3,2147483647,1," ROW "-2147483648,7,-3,2147483647,-1," ROW);
}

static void rewards(void **state)
{
	static const int32_t r[LQ_N_REWARDS] = { 1, 2, 3, INT32_MIN, 4 };
	struct sink_layout l = layout();
	struct sink s;

	(void)state;
	l.rewards = true;
	name("r.csv");
	assert_int_equal(sink_open(&s, path, SINK_CSV), 0);
	assert_int_equal(sink_begin_samples(&s, &l), 0);
	assert_int_equal(sink_sample(&s, &batch, &sample, x, y, r), 0);
	assert_int_equal(sink_close(&s), 0);
	slurp();
	assert_string_equal(
		data,
		"flow.bytes,pkt.len,y.mice,y.elephants,r.cc.delivered_log2,r.cc.latency_ratio.9,"
		"r.cc.conn_min_us,r.cc.loss_ratio,r.cc.swing_us," IDS
		"-2147483648,7,-3,2147483647,1,2,3,-2147483648,4,1," ROW);
	name("r.npy");
	assert_int_equal(sink_open(&s, path, SINK_NPY), 0);
	assert_int_equal(sink_begin_samples(&s, &l), 0);
	assert_int_equal(sink_sample(&s, &batch, &sample, x, y, r), 0);
	assert_int_equal(sink_close(&s), 0);
	slurp();
	assert_non_null(strstr((char *)data + 10, "'shape': (1, 18), }"));
	assert_memory_equal(data + HEADER + 16, r, sizeof(r));
	assert_int_equal(data[HEADER + 16 + sizeof(r)], 1);	/* the class */
}

static void outcome(void **state)
{
	struct batch_outcome o = { 10, 20, 30, 40, 50, 60, BATCH_NO_CLASS, 2, 1 };
	struct batch_label l = { .cgroup = UINT64_MAX,
				 .mark = 1,
				 .ct_mark = 2,
				 .priority = 3,
				 .dscp = 46 };
	struct sink s;

	(void)state;
	name("o.csv");
	assert_int_equal(sink_open(&s, path, SINK_CSV), 0);
	assert_int_equal(sink_begin_outcomes(&s), 0);
	assert_int_equal(sink_outcome(&s, &batch, &o, &l, 7), 0);
	assert_int_equal(sink_close(&s), 0);
	slurp();
	assert_string_equal(data,
		"class,generation,attach,end,packets,bytes,duration_us,retrans,flow,time_ns,"
		"mark,ct_mark,priority,dscp,cgroup,peer\n"
		"-1,5,2,1,40,30,50,60,20,10,1,2,3,46,18446744073709551615,7\n");
}

/* The greatest rows there are must fit the buffer at its fullest. */
static void widest(void **state)
{
	static struct sink_layout l;
	struct batch wide = { .n_inputs = LQ_MAX_INPUTS,
			      .n_outputs = LQ_MAX_OUTPUTS,
			      .generation = UINT32_MAX };
	int32_t wx[LQ_MAX_INPUTS], wy[LQ_MAX_OUTPUTS], wr[LQ_N_REWARDS];
	struct sink s;
	int i, f;

	(void)state;
	for (i = 0; i < LQ_MAX_INPUTS; i++)
		wx[i] = INT32_MIN;
	for (i = 0; i < LQ_MAX_OUTPUTS; i++)
		wy[i] = INT32_MIN;
	for (i = 0; i < LQ_N_REWARDS; i++)
		wr[i] = INT32_MIN;
	l.rewards = true;
	l.n_inputs = LQ_MAX_INPUTS;
	l.n_outputs = LQ_MAX_OUTPUTS;
	for (f = 0; f < 2; f++) {
		name(f ? "w.csv" : "w.npy");
		assert_int_equal(sink_open(&s, path, f ? SINK_CSV : SINK_NPY), 0);
		assert_int_equal(sink_begin_samples(&s, &l), 0);
		for (i = 0; i < 1000; i++)
			assert_int_equal(sink_sample(&s, &wide, &sample, wx, wy, wr), 0);
		assert_int_equal(sink_close(&s), 0);
		assert_int_equal(s.rows, 1000);
	}
}

/* No room: an error, and whole rows in the file, as many as its header says. */
static void disk_full(void **state)
{
	struct rlimit old, small;
	struct sink_layout l = layout();
	unsigned long long rows, cols;
	struct sink s;
	int i, status = 0;

	(void)state;
	name("full.npy");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 300 * 1024 + 7;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(sink_open(&s, path, SINK_NPY), 0);
	assert_int_equal(sink_begin_samples(&s, &l), 0);
	for (i = 0; i < 20000 && !status; i++)
		status = sink_sample(&s, &batch, &sample, x, y, NULL);
	assert_int_equal(status, LFCTL_FAIL);
	assert_int_equal(sink_sample(&s, &batch, &sample, x, y, NULL), LFCTL_FAIL);
	assert_int_equal(sink_close(&s), LFCTL_FAIL);
	setrlimit(RLIMIT_FSIZE, &old);
	slurp();
	assert_int_equal(sscanf(strstr((char *)data + 10, "'shape': ("), "'shape': (%llu, %llu)",
				&rows, &cols),
			 2);
	assert_int_equal(cols, 13);
	assert_true(rows > 1000);
	assert_int_equal(len, HEADER + rows * 13 * 4);
}

static void no_place(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open(&s, "/nonexistent/a.npy", SINK_NPY), LFCTL_FAIL);
	assert_int_equal(sink_close(&s), 0);
	name("fifo.npy");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(sink_open(&s, path, SINK_NPY), LFCTL_FAIL);
	assert_int_equal(sink_close(&s), 0);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char cmd[64];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return system(cmd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(npy),       cmocka_unit_test(npy_empty), cmocka_unit_test(csv),
		cmocka_unit_test(rewards),   cmocka_unit_test(outcome),   cmocka_unit_test(widest),
		cmocka_unit_test(disk_full), cmocka_unit_test(no_place),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
