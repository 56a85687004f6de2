// SPDX-License-Identifier: GPL-2.0
/* The functions of kernel.h. */
#include <stdio.h>

#include "kernel.h"

u64 host_now_ns;

static struct delayed_work *works;

void *host_zalloc(size_t n)
{
	void *p = aligned_alloc(64, (n + 63) / 64 * 64);

	if (!p) {
		fputs("lfgen: out of memory\n", stderr);
		exit(1);
	}
	return memset(p, 0, n);
}

u32 hsiphash(const void *p, size_t len, const hsiphash_key_t *key)
{
	u64 h = key->key[0] ^ len;
	u32 word;

	for (; len >= sizeof(word); len -= sizeof(word), p = (const u8 *)p + sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	return h >> 32 ^ h;
}

u64 siphash(const void *p, size_t len, const siphash_key_t *key)
{
	hsiphash_key_t low = { { key->key[0], key->key[1] } }, high = { { ~key->key[0], 0 } };

	return (u64)hsiphash(p, len, &high) << 32 | hsiphash(p, len, &low);
}

void host_queue(struct delayed_work *w, unsigned long delay, bool again)
{
	if (w->pending && !again)
		return;
	if (!w->known) {
		w->known = true;
		w->next = works;
		works = w;
	}
	w->due = jiffies + delay;
	w->pending = true;
}

void host_cancel(struct delayed_work *w)
{
	struct delayed_work **at;

	for (at = &works; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	w->pending = false;
	w->known = false;
}

static struct delayed_work *next_due(u64 now_ns)
{
	struct delayed_work *w, *first = NULL;

	for (w = works; w; w = w->next)
		if (w->pending && (!first || w->due < first->due))
			first = w;
	return first && first->due <= now_ns / (NSEC_PER_SEC / HZ) ? first : NULL;
}

void host_work(u64 now_ns)
{
	struct delayed_work *w;

	while ((w = next_due(now_ns))) {
		if (w->due * (NSEC_PER_SEC / HZ) > host_now_ns)
			host_now_ns = w->due * (NSEC_PER_SEC / HZ);
		w->pending = false;
		w->work.func(&w->work);
	}
	host_now_ns = now_ns;
}
