// SPDX-License-Identifier: GPL-2.0
/*
 * Seeds of the importers' fuzzers: seed_import DIR writes the files of DIR/fuzz_onnx and
 * DIR/fuzz_tflite.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "make_onnx.h"
#include "make_tflite.h"
#include "util.h"

static void seed_write(const char *dir, const char *fuzzer, int i, uint8_t *p, size_t len)
{
	struct graph_err err;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, fuzzer);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%d", dir, fuzzer, i);
	if (util_write(path, p, len, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	free(p);
}

int main(int argc, char **argv)
{
	struct mt_model t;
	struct mo *m;
	uint8_t *p;
	size_t len;
	int i;

	if (argc != 2)
		return 1;
	for (i = 0; (m = mo_sample(i)); i++) {
		p = mo_pack(m, &len);
		mo_free(m);
		seed_write(argv[1], "fuzz_onnx", i, p, len);
	}
	for (i = 0; mt_sample(i, &t); i++) {
		p = mt_pack(&t, &len);
		seed_write(argv[1], "fuzz_tflite", i, p, len);
	}
	return 0;
}
