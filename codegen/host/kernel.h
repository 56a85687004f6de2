/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the flow code of kmod/ needs, on the host: lfgen computes features of
 * captured packets with the kernel's own sources (codegen/host.mk lists them). Force-included
 * before each of them; the kernel headers that they include and a program does not have are empty
 * files, made by the Makefile.
 *
 * One thread, no locks, one CPU. Time is that of the current packet (host_now_ns), and the worker
 * of a flow table runs when it is due (host_work()).
 */
#ifndef HOST_KERNEL_H
#define HOST_KERNEL_H

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <lq/types.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

typedef u32 atomic_t;
typedef u32 refcount_t;

#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		UINT64_MAX
#define S32_MAX		INT32_MAX
#define NSEC_PER_USEC	1000ULL
#define USEC_PER_SEC	1000000ULL
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

/* Language. */
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define noinline	__attribute__((__noinline__))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define __printf(a, b)	__attribute__((__format__(__printf__, a, b)))
#define ____cacheline_aligned __aligned(64)
#define __force
#define __percpu
#define __acquire(x)	((void)0)
#define __release(x)	((void)0)
#define LF_FILLED_IN
#define BUILD_BUG_ON(x)	static_assert(!(x), #x)
#define READ_ONCE(x)	(x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define smp_mb()	((void)0)
#define smp_load_acquire(p) (*(p))
#define smp_store_release(p, v) (*(p) = (v))
#define lockdep_assert_held(x) ((void)0)
#define EXPORT_SYMBOL_GPL(x) struct host_symbol_##x

/* Numbers. */
#define BIT(n)		(1UL << (n))
#define GENMASK(h, l)	((~0UL >> (63 - (h))) & (~0UL << (l)))
#define min(a, b)	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b)	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })
#define min_t(t, a, b)	({ t _x = (a); t _y = (b); _x < _y ? _x : _y; })
#define max_t(t, a, b)	({ t _x = (a); t _y = (b); _x > _y ? _x : _y; })
#define clamp_t(t, v, lo, hi) min_t(t, max_t(t, v, lo), hi)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define div_u64(n, d)	((u64)(n) / (u32)(d))
#define div64_u64(n, d)	((u64)(n) / (u64)(d))
#define hweight32(x)	((u32)__builtin_popcount(x))
#define __ffs(x)	((unsigned long)__builtin_ctzl(x))
#define fls(x)		((x) ? 32 - __builtin_clz((u32)(x)) : 0)
#define fls64(x)	((x) ? 64 - __builtin_clzll(x) : 0)
#define reciprocal_scale(v, n) ((u32)(((u64)(u32)(v) * (u32)(n)) >> 32))
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define struct_size(p, m, n) (sizeof(*(p)) + sizeof((p)->m[0]) * (n))
#define prefetchw(p)	__builtin_prefetch(p, 1)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define htons(x)	((__be16)__builtin_bswap16(x))
#define htonl(x)	((__be32)__builtin_bswap32(x))
#define le64_to_cpu(x)	((u64)(x))
#else
#define htons(x)	((__be16)(x))
#define htonl(x)	((__be32)(x))
#define le64_to_cpu(x)	((u64)__builtin_bswap64(x))
#endif
#define ntohs(x)	((u16)htons((u16)(x)))
#define ntohl(x)	((u32)htonl((u32)(x)))

/* Neither a table's secret nor the strength of its hash matters here. */
typedef struct {
	unsigned long key[2];
} hsiphash_key_t;

u32 hsiphash(const void *p, size_t len, const hsiphash_key_t *key);
static inline u32 hsiphash_4u32(u32 a, u32 b, u32 c, u32 d, const hsiphash_key_t *key)
{
	u32 v[4] = { a, b, c, d };

	return hsiphash(v, sizeof(v), key);
}

typedef struct {
	u64 key[2];
} siphash_key_t;

#define SIPHASH_ALIGNMENT 8
u64 siphash(const void *p, size_t len, const siphash_key_t *key);

static inline void get_random_bytes(void *p, size_t n)
{
	memset(p, 0x5a, n);
}

/* One CPU, one thread. */
typedef struct { char none; } spinlock_t;
#define spin_lock_init(l) ((void)(l))
#define spin_lock(l)	((void)(l))
#define spin_unlock(l)	((void)(l))
#define spin_lock_bh(l)	((void)(l))
#define spin_unlock_bh(l) ((void)(l))
typedef spinlock_t seqcount_spinlock_t;
#define seqcount_spinlock_init(s, l) ((void)(s))
#define write_seqcount_begin(s) ((void)(s))
#define write_seqcount_end(s) ((void)(s))
#define read_seqcount_begin(s) ((void)(s), 0u)
#define read_seqcount_retry(s, start) ((void)(s), (void)(start), false)
#define cond_resched()	((void)0)
#define nr_cpu_ids	1u
#define smp_processor_id() 0u
#define this_cpu_ptr(p)	(p)
#define per_cpu_ptr(p, cpu) (p)
#define this_cpu_inc_return(x) (++(x))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define alloc_percpu_gfp(t, gfp) ((t *)calloc(1, sizeof(t)))
#define free_percpu(p)	free(p)

typedef u64 u64_stats_t;
struct u64_stats_sync { char none; };
#define u64_stats_init(s) ((void)(s))
#define u64_stats_update_begin(s) ((void)(s))
#define u64_stats_update_end(s) ((void)(s))
#define u64_stats_inc(p) (++*(p))
#define u64_stats_read(p) (*(p))
#define u64_stats_fetch_begin(s) ((void)(s), 0u)
#define u64_stats_fetch_retry(s, start) ((void)(s), (void)(start), false)

#define atomic_read(a)	(*(a))
#define atomic_sub(n, a) (*(a) -= (n))
#define atomic_try_cmpxchg(a, old, new) \
	(*(a) == (u32)(*(old)) ? (*(a) = (new), true) : (*(old) = *(a), false))
#define refcount_set(r, n) (*(r) = (n))
#define refcount_inc(r)	(++*(r))
#define refcount_dec_and_test(r) (!--*(r))

/* Memory. */
#define GFP_KERNEL_ACCOUNT 0
#define __GFP_NORETRY	0
#define __GFP_NOWARN	0
#define kzalloc(n, gfp)	calloc(1, n)
#define kfree(p)	free(p)
void *host_zalloc(size_t n);	/* at the start of a cache line */
#define kvzalloc(n, gfp) host_zalloc(n)
#define kvfree(p)	free(p)
#define __GFP_ZERO	0
#define __vmalloc(n, gfp) host_zalloc(n)
#define vfree(p)	free(p)
struct rcu_head { char none; };
#define kvfree_rcu(p, head) free(p)
#define ERR_PTR(e)	((void *)(long)(e))
#define IS_ERR(p)	((unsigned long)(p) >= (unsigned long)-4095)
#define PTR_ERR(p)	((long)(p))

struct mem_cgroup;
#define get_mem_cgroup_from_mm(mm) ((struct mem_cgroup *)NULL)
static inline struct mem_cgroup *set_active_memcg(struct mem_cgroup *m)
{
	return m;
}

#define mem_cgroup_put(m) ((void)(m))

/* Time and deferred work. */
extern u64 host_now_ns;
#define ktime_get_ns()	host_now_ns
#define HZ		1000
#define jiffies		((unsigned long)(host_now_ns / (NSEC_PER_SEC / HZ)))
#define msecs_to_jiffies(ms) ((unsigned long)(ms))
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)
#define time_before(a, b) ((long)((a) - (b)) < 0)

struct workqueue_struct;
struct work_struct { void (*func)(struct work_struct *work); };
struct delayed_work {
	struct work_struct work;
	unsigned long due;
	bool pending;
	struct delayed_work *next;	/* list of all that were ever queued */
	bool known;
};

#define INIT_DELAYED_WORK(w, f) ((w)->work.func = (f))
#define to_delayed_work(w) container_of(w, struct delayed_work, work)
void host_queue(struct delayed_work *w, unsigned long delay, bool again);
void host_cancel(struct delayed_work *w);
#define queue_delayed_work(q, w, delay) host_queue(w, delay, false)
#define mod_delayed_work(q, w, delay) host_queue(w, delay, true)
#define cancel_delayed_work_sync(w) host_cancel(w)
/* Runs all work due by the time of the next packet, and sets the clock to that. */
void host_work(u64 now_ns);

struct list_head { struct list_head *next; };
struct mutex { char none; };
struct net;
struct netlink_ext_ack;
struct static_key_false { char none; };
#define DECLARE_STATIC_KEY_FALSE(k) extern struct static_key_false k
#define DEFINE_STATIC_KEY_FALSE(k) struct static_key_false k
#define static_branch_unlikely(k) ((k)->none)

/* Packets: bytes of which the first `have` are available. */
struct sock {
	unsigned long sk_pacing_rate;
	int sk_wmem_queued, sk_sndbuf;
};

struct skb_shared_info {
	u16 gso_size, gso_segs;
	u32 gso_type;
};

struct sk_buff {
	const u8 *data;
	u32 len, have;
	int network, mac;		/* offsets; mac -1: none */
	__be16 protocol;
	struct skb_shared_info shared;
	struct sock *sk;
	void *destructor;
};

#define GSO_BY_FRAGS	0xffff
#define SKB_GSO_DODGY	1
#define VLAN_VID_MASK	0x0fff

struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

static inline const void *skb_header_pointer(const struct sk_buff *skb, u32 off, u32 len, void *buf)
{
	if (off + (u64)len > skb->have)
		return NULL;
	return memcpy(buf, skb->data + off, len);	/* aligned */
}

static inline bool eth_type_vlan(__be16 type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
}

#define skb_network_offset(skb) ((skb)->network)
#define skb_mac_offset(skb) ((skb)->mac)
#define skb_mac_header_was_set(skb) ((skb)->mac >= 0)
#define skb_vlan_tag_present(skb) 0
#define skb_vlan_tag_get(skb) 0
#define skb_shinfo(skb)	(&(skb)->shared)
#define skb_is_gso(skb)	((skb)->shared.gso_size)

/* Headers. */
#define NEXTHDR_HOP	0
#define NEXTHDR_ROUTING	43
#define NEXTHDR_FRAGMENT 44
#define NEXTHDR_AUTH	51
#define NEXTHDR_DEST	60
#define IP_MF		0x2000
#define IP_OFFSET	0x1fff
#define IP6_MF		0x0001
#define INET_ECN_MASK	3
#define TCPHDR_FIN	0x01
#define TCPHDR_SYN	0x02
#define TCPHDR_RST	0x04
#define TCPHDR_PSH	0x08
#define TCPHDR_ACK	0x10

struct frag_hdr {
	__u8 nexthdr, reserved;
	__be16 frag_off;
	__be32 identification;
};

#define tcp_flag_byte(th) (((const u8 *)(th))[13])

static inline void ipv6_addr_set_v4mapped(__be32 addr, struct in6_addr *to)
{
	to->s6_addr32[0] = 0;
	to->s6_addr32[1] = 0;
	to->s6_addr32[2] = htonl(0xffff);
	to->s6_addr32[3] = addr;
}

/* A captured packet has no socket: these are never read. */
struct tcp_sock {
	u32 write_seq, snd_nxt, packets_out, retrans_out, sacked_out, lost_out, snd_cwnd, srtt_us,
		mss_cache;
};

#define tcp_sk(sk)	((const struct tcp_sock *)(const void *)(sk))
#define sk_is_tcp(sk)	((void)(sk), false)
#define sk_fullsock(sk)	((void)(sk), false)
#define sk_wmem_alloc_get(sk) ((void)(sk), 0)
#define sock_edemux	((void *)1)
#define sock_pfree	((void *)2)

#endif /* HOST_KERNEL_H */
