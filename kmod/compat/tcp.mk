# SPDX-License-Identifier: GPL-2.0
# Members of struct tcp_congestion_ops that came or changed between kernels, as its header has them:
# distributions backport, and release candidates differ from releases.
lf-tcp-has = $(if $(shell grep -s '$(1)' $(srctree)/include/net/tcp.h),-D$(2))

ccflags-y += $(call lf-tcp-has,cwnd_event_tx_start,LF_TCP_TX_START)
ccflags-y += $(call lf-tcp-has,cong_control.*u32 ack,LF_TCP_CONTROL_ACK)
