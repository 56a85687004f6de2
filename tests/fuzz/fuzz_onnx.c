// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: any bytes as an ONNX file end in a sentence, or in a graph that runs. */
#include "fuzz_graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct graph_err err;

	fuzz_graph(onnx_import(data, size, "fuzz.onnx", NULL, &err), &err);
	return 0;
}
