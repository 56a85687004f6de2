// SPDX-License-Identifier: GPL-2.0
/*
 * Which flow, in the words of `lfctl flows` (its id, attach, slot), ss (tcp 10.0.0.1:22
 * 10.0.0.2:5000) or conntrack (tcp src=10.0.0.1 dst=10.0.0.2 sport=22 dport=5000); and inputs that
 * are given, FEATURE=VALUE.
 */
#include "why.h"

#include <arpa/inet.h>
#include <math.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <lq/features.h>

#include "args.h"
#include "units.h"

struct parser {
	const struct command *cmd;
	struct why_args *args;
	int ends;			/* of ss that were read */
	bool selected;
};

/* --- ends --- */

static bool parse_address(const char *text, size_t len, struct flows_end *end)
{
	char address[INET6_ADDRSTRLEN];

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = 0;
	end->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	return inet_pton(end->family, address, end->address) == 1;
}

static bool parse_port(const char *text, struct flows_end *end)
{
	uint32_t port;

	end->has_port = true;
	if (!units_u32(text, UINT16_MAX, &port))
		return false;
	end->port = port;
	return true;
}

/* 10.0.0.1, 10.0.0.1:22, fd00::1, [fd00::1], [fd00::1]:22 */
static bool parse_end(const char *word, struct flows_end *end)
{
	const char *close = *word == '[' ? strchr(word, ']') : NULL;
	const char *colon = strrchr(word, ':');

	if (close) {
		if (close[1] && close[1] != ':')
			return false;
		return parse_address(word + 1, close - word - 1, end) &&
		       (!close[1] || parse_port(close + 2, end));
	}
	if (!colon || strchr(word, ':') != colon)
		return parse_address(word, strlen(word), end);
	return parse_address(word, colon - word, end) && parse_port(colon + 1, end);
}

/* --- words with "=" --- */

/* -1: not one of conntrack's words; else whether its value is valid. */
static int parse_tracked(const char *word, const char *value, struct flows_filter *f)
{
	static const char *const words[] = { "src=", "dst=", "sport=", "dport=" };
	int i;

	for (i = 0; i < 4; i++)
		if (!strncmp(word, words[i], strlen(words[i])))
			break;
	if (i == 4)
		return -1;
	if (i < 2)
		return parse_address(value, strlen(value), &f->ends[i]);
	return parse_port(value, &f->ends[i - 2]);
}

static int parse_given(struct parser *p, const char *word, const char *value)
{
	struct why_args *args = p->args;
	char *name, *end;
	size_t len = value - 1 - word;

	if (args->n_given == WHY_GIVEN)
		return lfctl_usage(p->cmd, "at most %d inputs can be given", WHY_GIVEN);
	name = args->names[args->n_given];
	if (len >= LQ_NAME_LEN)
		return lfctl_usage(p->cmd, "there is no feature '%.*s'", (int)len, word);
	memcpy(name, word, len);
	if (lq_feature_by_name(name) < 0)
		return lfctl_usage(p->cmd, "there is no feature '%s' (lfctl feature list)", name);
	args->given[args->n_given].name = name;
	args->given[args->n_given].value = strtod(value, &end);
	if (!*value || *end || !isfinite(args->given[args->n_given].value))
		return lfctl_usage(p->cmd, "'%s' is not a value of %s", value, name);
	args->n_given++;
	return 0;
}

static int parse_assignment(struct parser *p, const char *word)
{
	const char *value = strchr(word, '=') + 1;
	int tracked = parse_tracked(word, value, &p->args->filter);

	if (tracked < 0)
		return parse_given(p, word, value);
	if (!tracked)
		return lfctl_usage(p->cmd, "'%s' is not an address or port", word);
	p->selected = true;
	return 0;
}

/* --- other words --- */

static int parse_plain(struct parser *p, const char *word)
{
	struct flows_filter *f = &p->args->filter;
	struct protoent *proto;

	p->selected = true;
	if (!f->flow && units_read(units_count, word, "", 1, &f->flow) && f->flow)
		return 0;
	proto = getprotobyname(word);
	if (proto && !f->has_proto) {
		f->has_proto = true;
		f->proto = proto->p_proto;
		return 0;
	}
	if (p->ends == 2 || !parse_end(word, &f->ends[p->ends]))
		return lfctl_usage(p->cmd, "unknown argument '%s'", word);
	p->ends++;
	return 0;
}

static int parse_pair(struct parser *p, int word, const char *value)
{
	struct flows_filter *f = &p->args->filter;

	if (word == 0 && (!args_u32(value, UINT32_MAX, &f->attach) || !f->attach))
		return lfctl_usage(p->cmd, "'%s' is not an attachment ID (lfctl attach list)",
				   value);
	if (word == 1)
		f->slot = value;
	if (word == 2 && (!units_read(units_count, value, "", 1, &f->flow) || !f->flow))
		return lfctl_usage(p->cmd, "'%s' is not a flow ID", value);
	if (word == 3)
		p->args->snapshot = value;
	p->selected |= word == 2;
	return 0;
}

int why_args(const struct command *cmd, struct why_args *args, int argc, char **argv)
{
	static const char *const words[] = { "attach", "slot", "flow", "--snapshot" };
	struct parser p = { .cmd = cmd, .args = args };
	int i, word, status = 0;

	args->filter.who = "why";
	for (i = 0; !status && i < argc; i++) {
		for (word = 0; word < 4; word++)
			if (!strcmp(argv[i], words[word]))
				break;
		if (word < 4 && i + 1 == argc)
			return lfctl_usage(cmd, "%s needs a value", words[word]);
		if (word < 4)
			status = parse_pair(&p, word, argv[++i]);
		else if (!strcmp(argv[i], "reverse"))
			args->reverse = true;
		else if (strchr(argv[i], '='))
			status = parse_assignment(&p, argv[i]);
		else
			status = parse_plain(&p, argv[i]);
	}
	if (!status && !p.selected)
		return lfctl_usage(cmd, "give a flow's ID, or its protocol and addresses "
				   "(lfctl flows)");
	return status;
}
