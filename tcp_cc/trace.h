/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM liteflow_tcp

#if !defined(LFT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LFT_TRACE_H

#include <linux/swab.h>
#include <linux/tracepoint.h>
#include "conn.h"

#define lft_show_state(state) \
	__print_symbolic(state, \
		{ LITEFLOW_TCP_NONE, "none" }, \
		{ LITEFLOW_TCP_FALLBACK, "fallback" }, \
		{ LITEFLOW_TCP_NO_MEMORY, "no-memory" }, \
		{ LITEFLOW_TCP_STARTUP, "start-up" }, \
		{ LITEFLOW_TCP_DRAIN, "drain" }, \
		{ LITEFLOW_TCP_POLICY, "policy" }, \
		{ LITEFLOW_TCP_CEILING, "ceiling" }, \
		{ LITEFLOW_TCP_COMPETE, "compete" })

TRACE_EVENT(liteflow_tcp_state,
	TP_PROTO(const struct sock *sk, u8 from, u8 to),
	TP_ARGS(sk, from, to),
	TP_STRUCT__entry(
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, from)
		__field(u8, to)
	),
	TP_fast_assign(
		__entry->sport = sk->sk_num;
		__entry->dport = ntohs(inet_sk(sk)->inet_dport);
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("sport=%u dport=%u from=%s to=%s", __entry->sport, __entry->dport,
		  lft_show_state(__entry->from), lft_show_state(__entry->to))
);

/* The end of an interval under a policy. Factors in steps of 1/65536. */
TRACE_EVENT(liteflow_tcp_interval,
	TP_PROTO(const struct sock *sk, const struct lft_conn *c, const struct lf_report *rep,
		 s32 action),
	TP_ARGS(sk, c, rep, action),
	TP_STRUCT__entry(
		__field(u64, flow)
		__field(u64, rate)
		__field(u32, duration)
		__field(s32, inflation)
		__field(s32, ratio)
		__field(s32, send)
		__field(u32, delivered)
		__field(u32, lost)
		__field(u32, marked)
		__field(u32, mean)
		__field(u32, least)
		__field(s32, action)
		__field(u32, hash)
		__field(u32, cwnd)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, state)
		__field(bool, limited)
	),
	TP_fast_assign(
		__entry->flow = c->pin.flow;
		__entry->rate = c->rate.rate;
		__entry->duration = min_t(u64, rep->duration_us, U32_MAX);
		__entry->inflation = rep->f.latency_inflation;
		__entry->ratio = rep->f.latency_ratio;
		__entry->send = rep->f.send_ratio;
		__entry->delivered = rep->delivered;
		__entry->lost = rep->lost;
		__entry->marked = rep->marked;
		__entry->mean = rep->mean_us;
		__entry->least = rep->least_us;
		__entry->action = action;
		__entry->hash = lft_sock(sk)->hash;
		__entry->cwnd = tcp_snd_cwnd(tcp_sk(sk));
		__entry->sport = sk->sk_num;
		__entry->dport = ntohs(inet_sk(sk)->inet_dport);
		__entry->state = lft_state(lft_sock(sk));
		__entry->limited = rep->limited;
	),
	TP_printk("sport=%u dport=%u flow=%llu state=%s us=%u inflation=%d ratio=%d send=%d "
		  "delivered=%u lost=%u marked=%u mean_us=%u least_us=%u limited=%d "
		  "action=%d rate=%llu cwnd=%u snapshot=%08x",
		  __entry->sport, __entry->dport, __entry->flow, lft_show_state(__entry->state),
		  __entry->duration, __entry->inflation, __entry->ratio, __entry->send,
		  __entry->delivered, __entry->lost, __entry->marked, __entry->mean, __entry->least,
		  __entry->limited, __entry->action, __entry->rate, __entry->cwnd,
		  swab32(__entry->hash))
);

#endif /* LFT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
