/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of metrics, in one of two dialects: the Prometheus text format 0.0.4, as node_exporter's
 * textfile collector and promtool take it, or OpenMetrics 1.0, which names a counter family without
 * _total and has units and an end mark. A family is
 *
 *	om_family(om, OM_COUNTER, "band_bytes", "bytes", "Bytes that ...");
 *	om_sample(om);
 *	om_label(om, "device", "eth0");
 *	om_u64(om, 42);
 *
 * All samples of a family stand together. The head is printed before the first sample, so a family
 * without samples does not appear.
 */
#ifndef OPENMETRICS_H
#define OPENMETRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum om_type { OM_GAUGE, OM_COUNTER, OM_INFO };

struct om {
	FILE *f;
	bool strict;		/* OpenMetrics */
	const char *netns;	/* label of every sample, NULL for none */
	enum om_type type;
	const char *name, *unit, *help;
	bool head;		/* has been printed */
	bool labels;		/* of this sample, so far */
};

/* The name without "liteflow_", and without "_total" or "_info". unit NULL: a number of things. */
void om_family(struct om *om, enum om_type type, const char *name, const char *unit,
	       const char *help);

void om_sample(struct om *om);
void om_label(struct om *om, const char *key, const char *value);
void om_u64(struct om *om, uint64_t v);
void om_double(struct om *om, double v);

void om_end(struct om *om);

#endif /* OPENMETRICS_H */
