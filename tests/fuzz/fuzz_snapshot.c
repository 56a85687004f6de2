// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer on snapshot files: whatever the bytes are, they are refused with a sentence or run
 * equal on every path. The mutator makes length, hash and checksum right after each mutation, else
 * nothing would get past them.
 *
 * With -DLQ_SEEDS the same file is the maker of the first corpus: seeds DIRECTORY.
 */
#include "../unit/lq_try.h"

#ifdef LQ_SEEDS

#define SEEDS		60
#define SEED_BYTES	20000

static int save(const char *dir, u32 k, const u8 *file, size_t len)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/seed%02u.lfs", dir, k);
	f = fopen(path, "wb");
	if (!f || fwrite(file, 1, len, f) != len || fclose(f)) {
		perror(path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct lq_rng r = { 11 };
	size_t len;
	u8 *file;
	u32 k;

	if (argc != 2)
		return 2;
	for (k = 0; k < SEEDS; k++) {
		file = random_model(&r, k, SEED_BYTES, &len);
		if (save(argv[1], k, file, len))
			return 1;
		free(file);
	}
	return 0;
}

#else

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	(void)seed;
	size = LLVMFuzzerMutate(data, size, max_size);
	lq_try_seal(data, size);
	return size;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	lq_try(data, size, size);
	return 0;
}

#endif
