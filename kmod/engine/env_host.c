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

#ifdef __x86_64__
bool lq_cpu_has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

bool lq_cpu_has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vnni");
}

/* Zen 4, Sapphire Rapids and later. */
bool lq_cpu_keeps_clock(void)
{
	return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vbmi2");
}
#else
bool lq_cpu_has_avx2(void)
{
	return false;
}

bool lq_cpu_has_avx512(void)
{
	return false;
}

bool lq_cpu_keeps_clock(void)
{
	return false;
}
#endif
