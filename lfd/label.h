/* SPDX-License-Identifier: GPL-2.0 */
/* The label of a flow: its outcome, or by rules over the facts of its outcome. */
#ifndef LFD_LABEL_H
#define LFD_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#include <lq/format.h>

/* What may be known of a flow at its end. */
enum label_fact {
	FACT_MARK,
	FACT_CONNMARK,
	FACT_PRIORITY,
	FACT_DSCP,
	FACT_CGROUP,
	FACT_PROTO,
	FACT_SPORT,
	FACT_DPORT,
	FACT_PORT,
	FACT_BYTES,
	FACT_PACKETS,
	FACT_DURATION,
	FACT_RETRANS,
	FACTS
};

struct label_facts {
	uint32_t known; /* bit n for fact n; FACT_PORT is never set: it means either port */
	uint64_t v[FACTS];		/* FACT_DURATION in us */
	uint64_t peer;			/* whose flow it is, 0 if unknown */
};

#define LABEL_TERMS	6
#define LABEL_RULES	128

/* value/mask, or least-greatest */
struct label_term {
	uint8_t fact;
	bool masked;
	uint64_t lo, hi;		/* value and mask if it is masked */
};

struct label_rule {
	struct label_term terms[LABEL_TERMS];
	uint32_t n;
	char class[LQ_NAME_LEN];
	int line;
};

/* LABEL_ACTION: none, the snapshot is a policy. */
enum label_what { LABEL_CLASS, LABEL_BYTES, LABEL_REMAINING, LABEL_DURATION, LABEL_ACTION };

struct label_rules {
	uint32_t what;			/* enum label_what */
	uint32_t n;
	struct label_rule rule[LABEL_RULES];
};

/* Parses a rule: FACT VALUE... class NAME. False with a message. */
bool label_parse(const char *text, struct label_rule *rule, char *why, size_t size);

/* The class of the first matching rule, or NULL. */
const char *label_class(const struct label_rules *rules, const struct label_facts *facts);

/* A value: log2 of 1 + bytes, of 1 + bytes after this sample, of 1 + microseconds. */
double label_value(uint32_t what, const struct label_facts *facts, double bytes_so_far);

/* The group of rows that count as one party's, to bound its share. Never 0. */
uint32_t label_group(const struct label_facts *facts);

const char *label_what_name(uint32_t what);

#endif /* LFD_LABEL_H */
