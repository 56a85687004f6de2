// SPDX-License-Identifier: GPL-2.0
/*
 * What the engine needs from a host program: CRC32C by table, SHA-256 from libcrypto, the CPU's
 * features.
 */
#include <openssl/sha.h>

#include "model.h"

/* Castagnoli, reflected. */
#define CRC32C_POLY	0x82f63b78u

static u32 crc_step(u32 crc, u32 bits)
{
	while (bits--)
		crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLY : 0);
	return crc;
}

u32 lq_crc32c(u32 crc, const void *p, size_t len)
{
	static u32 table[256];	/* threads that race here write the same words */
	const u8 *b = p;
	u32 i;

	if (!__atomic_load_n(&table[255], __ATOMIC_ACQUIRE))
		for (i = 1; i < 256; i++)
			__atomic_store_n(&table[i], crc_step(i, 8), __ATOMIC_RELEASE);
	while (len--)
		crc = crc >> 8 ^ __atomic_load_n(&table[(crc ^ *b++) & 0xff], __ATOMIC_RELAXED);
	return crc;
}

void lq_pause(void)
{
}

void lq_vectors_begin(void)
{
}

void lq_vectors_end(void)
{
}

void lq_sha256(const void *p, size_t len, u8 out[LQ_HASH_LEN])
{
	SHA256(p, len, out);
}

bool lq_cpu_has_avx2(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("avx2");
#else
	return false;
#endif
}
