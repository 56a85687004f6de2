/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM liteflow

#if !defined(LF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LF_TRACE_H

#include <linux/swab.h>
#include <linux/tracepoint.h>
#include <net/liteflow.h>

/* One verdict, from a model or a flow's cache. */
TRACE_EVENT(liteflow_infer,
	TP_PROTO(u32 attach, const struct lf_verdict *v),
	TP_ARGS(attach, v),
	TP_STRUCT__entry(
		__field(u32, attach)
		__field(u32, hash)
		__field(u32, generation)
		__field(u32, action)
		__field(s32, value)
		__field(s32, margin)
		__field(s64, units)
		__field(u64, flow)
		__field(u64, bytes)
		__field(u64, packets)
		__field(u16, class)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->attach = attach;
		__entry->hash = v->hash;
		__entry->generation = v->generation;
		__entry->action = v->action;
		__entry->value = v->value;
		__entry->margin = v->margin;
		__entry->units = v->units;
		__entry->flow = v->flow;
		__entry->bytes = v->flow_bytes;
		__entry->packets = v->flow_packets;
		__entry->class = v->class;
		__entry->reason = v->reason;
	),
	TP_printk("attach=%u reason=%u flow=%llu packets=%llu bytes=%llu generation=%u "
		  "snapshot=%08x class=%u value=%d margin=%d units=%lld action=%d",
		  __entry->attach, __entry->reason, __entry->flow, __entry->packets, __entry->bytes,
		  __entry->generation, swab32(__entry->hash), __entry->class, __entry->value,
		  __entry->margin, __entry->units, (int)__entry->action)
);

TRACE_EVENT(liteflow_swap,
	TP_PROTO(const char *slot, u32 from, u32 to, u32 hash, u64 ns),
	TP_ARGS(slot, from, to, hash, ns),
	TP_STRUCT__entry(
		__array(char, slot, LITEFLOW_SLOT_NAME_LEN)
		__field(u32, from)
		__field(u32, to)
		__field(u32, hash)
		__field(u64, ns)
	),
	TP_fast_assign(
		strscpy(__entry->slot, slot, LITEFLOW_SLOT_NAME_LEN);
		__entry->from = from;
		__entry->to = to;
		__entry->hash = hash;
		__entry->ns = ns;
	),
	TP_printk("slot=%s from=%u to=%u snapshot=%08x ns=%llu", __entry->slot, __entry->from,
		  __entry->to, swab32(__entry->hash), __entry->ns)
);

TRACE_EVENT(liteflow_flow_end,
	TP_PROTO(u32 attach, u64 flow, u64 bytes, u64 packets, u16 class, u8 end),
	TP_ARGS(attach, flow, bytes, packets, class, end),
	TP_STRUCT__entry(
		__field(u32, attach)
		__field(u64, flow)
		__field(u64, bytes)
		__field(u64, packets)
		__field(u16, class)
		__field(u8, end)
	),
	TP_fast_assign(
		__entry->attach = attach;
		__entry->flow = flow;
		__entry->bytes = bytes;
		__entry->packets = packets;
		__entry->class = class;
		__entry->end = end;
	),
	TP_printk("attach=%u flow=%llu bytes=%llu packets=%llu class=%u end=%u", __entry->attach,
		  __entry->flow, __entry->bytes, __entry->packets, __entry->class, __entry->end)
);

#endif /* LF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
