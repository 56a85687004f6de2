// SPDX-License-Identifier: GPL-2.0
/*
 * See labels.h. Rules with both addresses and ports go into a hash table, since flow lists have
 * millions of lines; the others are few, and are tried in order. The first matching line of the
 * file counts.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "labels.h"

#define LABELS_MAX_FILE	((size_t)1 << 30)
#define ANY		UINT32_MAX

enum column { C_SRC, C_SPORT, C_DST, C_DPORT, C_PROTO, C_PORT, C_LABEL, COLUMNS };

static const char *const names[COLUMNS] = {
	[C_SRC] = " src src_ip saddr id.orig_h ",
	[C_SPORT] = " sport src_port id.orig_p ",
	[C_DST] = " dst dst_ip daddr id.resp_h ",
	[C_DPORT] = " dport dst_port id.resp_p ",
	[C_PROTO] = " proto protocol ",
	[C_PORT] = " port ",
	[C_LABEL] = " label class ndpi_proto service application ",
};

struct rule {
	u8 src[16], dst[16];
	bool any_src, any_dst;
	u32 sport, dport, port, proto;	/* ANY for any */
	u32 label;
	u32 next;			/* in its bucket: 1 + index */
};

struct labels {
	struct rule *rule;
	size_t n, cap;
	char **label;
	size_t n_label, label_cap;
	u32 *bucket;			/* 1 + index of the first full rule */
	size_t buckets;
	char **map;			/* LABEL=CLASS */
	u32 n_map;
};

/* The line being parsed. */
struct line {
	const char *path;
	size_t number;
	char separator;
	char *field[64];
	u32 n;
	int at[COLUMNS];		/* field of each column, or -1 */
};

static void split(struct line *l, char *text)
{
	char *p = text;

	for (l->n = 0; l->n < ARRAY_SIZE(l->field); ) {
		l->field[l->n++] = p;
		p = strchr(p, l->separator);
		if (!p)
			break;
		*p++ = '\0';
	}
}

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s) || *s == '"')
		s++;
	for (end = s + strlen(s); end > s && (isspace((unsigned char)end[-1]) || end[-1] == '"'); )
		*--end = '\0';
	return s;
}

/* The field, or NULL if the line has no value. */
static char *field(struct line *l, enum column c)
{
	char *s = l->at[c] >= 0 && (u32)l->at[c] < l->n ? trim(l->field[l->at[c]]) : NULL;

	return s && *s && strcmp(s, "-") ? s : NULL;
}

static bool known_column(const char *name, enum column c)
{
	char word[40];
	size_t i;

	snprintf(word, sizeof(word), " %.32s ", name);
	for (i = 0; word[i]; i++)
		word[i] = tolower((unsigned char)word[i]);
	return strstr(names[c], word);
}

/* Do these fields name columns? */
static bool header(struct line *l, u32 first)
{
	bool any = false;
	char *name;
	u32 i;
	int c;

	for (c = 0; c < COLUMNS; c++)
		l->at[c] = -1;
	for (i = first; i < l->n; i++) {
		name = trim(l->field[i]);
		if (*name == '#')
			name++;
		for (c = 0; c < COLUMNS; c++)
			if (l->at[c] < 0 && known_column(name, c)) {
				l->at[c] = i - first;
				any = true;
				break;
			}
	}
	return any && l->at[C_LABEL] >= 0;
}

static int bad(const struct line *l, struct graph_err *err, const char *what, const char *text)
{
	return util_fail(err, "%.200s: line %zu: '%.40s' is no %s", l->path, l->number, text, what);
}

static int read_number(struct line *l, enum column c, u32 most, const char *what, u32 *v,
		       struct graph_err *err)
{
	char *s = field(l, c), *end;
	unsigned long n;

	*v = ANY;
	if (!s)
		return 0;
	n = strtoul(s, &end, 10);
	if (*end || n > most || !isdigit((unsigned char)*s))
		return bad(l, err, what, s);
	*v = n;
	return 0;
}

static int read_proto(struct line *l, u32 *v, struct graph_err *err)
{
	char *s = field(l, C_PROTO);
	struct protoent *p;

	if (!s || isdigit((unsigned char)*s))
		return read_number(l, C_PROTO, 255, "protocol", v, err);
	p = getprotobyname(s);
	for (; !p && isupper((unsigned char)*s); p = getprotobyname(s)) {
		char *at;

		for (at = s; *at; at++)
			*at = tolower((unsigned char)*at);
	}
	if (!p)
		return bad(l, err, "protocol", s);
	*v = p->p_proto;
	return 0;
}

static int read_address(struct line *l, enum column c, u8 to[16], bool *any, struct graph_err *err)
{
	char *s = field(l, c), mapped[64];

	*any = !s;
	if (!s)
		return 0;
	snprintf(mapped, sizeof(mapped), "::ffff:%.45s", s);
	return inet_pton(AF_INET6, strchr(s, ':') ? s : mapped, to) == 1
		       ? 0
		       : bad(l, err, "address", s);
}

static const char *mapped_label(const struct labels *l, const char *label)
{
	size_t n = strlen(label);
	u32 i;

	for (i = 0; i < l->n_map; i++)
		if (!strncasecmp(l->map[i], label, n) && l->map[i][n] == '=')
			return l->map[i] + n + 1;
	return label;
}

static u32 label_number(struct labels *l, const char *label)
{
	size_t i;

	label = mapped_label(l, label);
	for (i = 0; i < l->n_label && strcasecmp(l->label[i], label); i++)
		;
	if (i < l->n_label)
		return i;
	l->label = util_grow(l->label, &l->label_cap, l->n_label + 1, sizeof(*l->label));
	l->label[l->n_label] = util_strdup(label);
	return l->n_label++;
}

static int read_rule(struct labels *l, struct line *line, struct graph_err *err)
{
	char *label = field(line, C_LABEL);
	struct rule r = { 0 };

	if (!label)	/* Zeek or nDPI found no service: the flow has no label */
		return 0;
	if (read_address(line, C_SRC, r.src, &r.any_src, err) ||
	    read_address(line, C_DST, r.dst, &r.any_dst, err) ||
	    read_number(line, C_SPORT, 65535, "port", &r.sport, err) ||
	    read_number(line, C_DPORT, 65535, "port", &r.dport, err) ||
	    read_number(line, C_PORT, 65535, "port", &r.port, err) ||
	    read_proto(line, &r.proto, err))
		return -1;
	r.label = label_number(l, label);
	l->rule = util_grow(l->rule, &l->cap, l->n + 1, sizeof(*l->rule));
	l->rule[l->n++] = r;
	return 0;
}

/* "PORT,LABEL" and "PROTO/PORT,LABEL" act like columns of these names. */
static bool bare(struct line *l)
{
	char *slash = l->n == 2 ? strchr(l->field[0], '/') : NULL;
	int c;

	if (l->n != 2)
		return false;
	for (c = 0; c < COLUMNS; c++)
		l->at[c] = -1;
	l->at[C_PORT] = 0;
	l->at[C_LABEL] = 1;
	if (!slash)
		return isdigit((unsigned char)*trim(l->field[0]));
	*slash = '\0';
	l->field[2] = slash + 1;
	l->n = 3;
	l->at[C_PROTO] = 0;
	l->at[C_PORT] = 2;
	return true;
}

static char separator_of(const char *text)
{
	return strchr(text, '\t') ? '\t' : strchr(text, '|') ? '|' : ',';
}

static int read_line(struct labels *l, struct line *line, char *text, bool *headed,
		     struct graph_err *err)
{
	bool fields = !strncmp(text, "#fields\t", 8);

	if (!*headed || fields)
		line->separator = separator_of(text);
	if (!*trim(text) || (*text == '#' && *headed && !fields) ||
	    !strncmp(text, "#separator", 10))
		return 0;
	split(line, text);
	if (fields || (!*headed && header(line, 0))) {
		*headed = true;
		return header(line, fields)
			       ? 0
			       : util_fail(err, "%.200s: line %zu: no column is a label",
					   line->path, line->number);
	}
	if (*text == '#')
		return 0;
	if (!*headed && !bare(line))
		return util_fail(err, "%.200s: line %zu: neither columns by name nor PORT,LABEL "
				 "or PROTO/PORT,LABEL",
				 line->path, line->number);
	return read_rule(l, line, err);
}

/* Both ends, in either direction, have one hash. */
static u32 pair_hash(const u8 *a, u32 aport, const u8 *b, u32 bport)
{
	u32 x = aport * 0x9e3779b1u, y = bport * 0x9e3779b1u;
	int i;

	for (i = 0; i < 16; i++) {
		x = (x ^ a[i]) * 16777619u;
		y = (y ^ b[i]) * 16777619u;
	}
	x += y;
	return x ^ x >> 15;
}

static bool is_full(const struct rule *r)
{
	return !r->any_src && !r->any_dst && r->sport != ANY && r->dport != ANY && r->port == ANY;
}

static void index_rules(struct labels *l)
{
	struct rule *r;
	u32 *bucket;
	size_t i;

	for (l->buckets = 16; l->buckets < 2 * l->n; )
		l->buckets *= 2;
	l->bucket = util_alloc(l->buckets, sizeof(*l->bucket));
	for (i = l->n; i--; ) {	/* so that the first line comes first */
		r = &l->rule[i];
		if (!is_full(r))
			continue;
		bucket = &l->bucket[pair_hash(r->src, r->sport, r->dst, r->dport) &
				    (l->buckets - 1)];
		r->next = *bucket;
		*bucket = i + 1;
	}
}

struct labels *labels_read(const char *path, const char *map, struct graph_err *err)
{
	struct labels *l = util_alloc(1, sizeof(*l));
	struct line line = { .path = path };
	char *text, *at, *next;
	bool headed = false;
	void *data;
	size_t len;
	int rc;

	if (util_read(path, LABELS_MAX_FILE, &data, &len, err)) {
		free(l);
		return NULL;
	}
	if (map)
		l->map = util_split(map, &l->n_map);
	text = util_alloc(len + 1, 1);
	memcpy(text, data, len);
	free(data);
	for (at = text, rc = 0; at && *at && !rc; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		line.number++;
		rc = read_line(l, &line, at, &headed, err);
	}
	free(text);
	if (!rc && !l->n)
		rc = util_fail(err, "%.200s: no line says what a flow is", path);
	if (rc) {
		labels_free(l);
		return NULL;
	}
	index_rules(l);
	return l;
}

/* One direction. */
static bool fits(const struct rule *r, const struct flows_key *k, bool turned)
{
	const u8 *src = turned ? k->dst : k->src, *dst = turned ? k->src : k->dst;
	u32 sport = turned ? k->dport : k->sport, dport = turned ? k->sport : k->dport;

	return (r->any_src || !memcmp(r->src, src, 16)) &&
	       (r->any_dst || !memcmp(r->dst, dst, 16)) && (r->sport == ANY || r->sport == sport) &&
	       (r->dport == ANY || r->dport == dport) &&
	       (r->port == ANY || r->port == sport || r->port == dport) &&
	       (r->proto == ANY || r->proto == k->proto);
}

static bool fits_any(const struct rule *r, const struct flows_key *k)
{
	return fits(r, k, false) || fits(r, k, true);
}

int labels_find(const struct labels *l, const struct flows_key *key)
{
	u32 at =
		l->bucket[pair_hash(key->src, key->sport, key->dst, key->dport) & (l->buckets - 1)];
	size_t i, first = l->n;

	for (; at && first == l->n; at = l->rule[at - 1].next)
		if (fits_any(&l->rule[at - 1], key))
			first = at - 1;
	for (i = 0; i < first; i++)
		if (!is_full(&l->rule[i]) && fits_any(&l->rule[i], key))
			first = i;
	return first < l->n ? (int)l->rule[first].label : -1;
}

u32 labels_n(const struct labels *l)
{
	return l->n_label;
}

const char *labels_name(const struct labels *l, u32 i)
{
	return l->label[i];
}

void labels_free(struct labels *l)
{
	size_t i;

	if (!l)
		return;
	for (i = 0; i < l->n_label; i++)
		free(l->label[i]);
	free(l->label);
	free(l->rule);
	free(l->bucket);
	if (l->map)
		util_free_list(l->map);
	free(l);
}
