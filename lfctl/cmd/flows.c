// SPDX-License-Identifier: GPL-2.0
/* lfctl flows [class CLASS] [peer ADDRESS[/BITS]] [slot NAME] [attach ID [flow ID]] */
#include "flows.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <string.h>

#include "args.h"
#include "commands.h"
#include "nl.h"
#include "out.h"
#include "units.h"

static bool parse_peer(const char *word, struct flows_filter *f)
{
	size_t len = strcspn(word, "/");
	char address[INET6_ADDRSTRLEN];
	uint32_t bits;

	if (len >= sizeof(address))
		return false;
	memcpy(address, word, len);
	address[len] = 0;
	f->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	f->bits = f->family == AF_INET6 ? 128 : 32;
	if (inet_pton(f->family, address, f->peer) != 1)
		return false;
	if (!word[len])
		return true;
	if (!args_u32(word + len + 1, f->bits, &bits))
		return false;
	f->bits = bits;
	return true;
}

static int parse_args(const struct command *cmd, struct flows_filter *f, int argc, char **argv)
{
	static const char *const words[] = { "class", "peer", "slot", "attach", "flow" };
	uint64_t id;
	int i, word;

	for (i = 0; i < argc; i += 2) {
		word = args_word(argv[i], words, 5);
		if (word < 0)
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		if (i + 1 == argc)
			return lfctl_usage(cmd, "%s needs a value", words[word]);
		if (word == 0)
			f->class = argv[i + 1];
		else if (word == 1 && !parse_peer(argv[i + 1], f))
			return lfctl_usage(cmd, "'%s' is not an address or prefix", argv[i + 1]);
		else if (word == 2)
			f->slot = argv[i + 1];
		else if (word == 3 &&
			 (!args_u32(argv[i + 1], UINT32_MAX, &f->attach) || !f->attach))
			return lfctl_usage(cmd,
					   "'%s' is not an attachment ID (lfctl attach list)",
					   argv[i + 1]);
		else if (word == 4 && (!units_read(units_count, argv[i + 1], "", 1, &id) || !id))
			return lfctl_usage(cmd, "'%s' is not a flow ID", argv[i + 1]);
		if (word == 4)
			f->flow = id;
	}
	if (f->flow && !f->attach)
		return lfctl_usage(cmd, "flow needs attach: each attachment has its own table");
	return 0;
}

/* --- printing --- */

void flows_cell_proto(struct json_object *o, const char *key, char *text, size_t n)
{
	struct protoent *p = getprotobynumber(out_u64(o, key));

	snprintf(text, n, "%s", p ? p->p_name : out_str(o, key));
}

void flows_cell_end(struct json_object *o, const char *key, char *text, size_t n)
{
	const char *port = strcmp(key, "src") ? "dport" : "sport", *address = out_str(o, key);

	if (!out_u64(o, port))
		snprintf(text, n, "%s", address);
	else
		snprintf(text, n, strchr(address, ':') ? "[%s]:%" PRIu64 : "%s:%" PRIu64, address,
			 out_u64(o, port));
}

static void cell_verdict(struct json_object *o, const char *key, char *text, size_t n)
{
	snprintf(text, n, "%s", out_u64(o, "unsure") ? "unsure" :
		 out_has(o, key) ? out_str(o, key) :
		 out_has(o, "value") ? out_str(o, "value") : "-");
}

static void cell_tunnel(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_has(o, key))
		snprintf(text, n, "%08" PRIx64, out_u64(o, key));
}

static void cell_ms(struct json_object *o, const char *key, char *text, size_t n)
{
	snprintf(text, n, "%.1f s", out_u64(o, key) / 1e3);
}

static void cell_bytes(struct json_object *o, const char *key, char *text, size_t n)
{
	char size[OUT_SHORT];

	snprintf(text, n, "%s", out_size(out_u64(o, key), size));
}

static const struct out_column columns[] = {
	{ "PROTO", "proto", flows_cell_proto, false },
	{ "SOURCE", "src", flows_cell_end, false },
	{ "DESTINATION", "dst", flows_cell_end, false },
	{ "VLAN", "vlan", NULL, true },
	{ "TUNNEL", "tunnel", cell_tunnel, false },
	{ "VERDICT", "class", cell_verdict, false, COLOR_NAME },
	{ "PACKETS", "packets", NULL, true },
	{ "BYTES", "bytes", cell_bytes, true },
	{ "AGE", "age_ms", cell_ms, true },
	{ "SILENT", "silent_ms", cell_ms, true },
	{ "SNAPSHOT", "snapshot", NULL, false },
	{ "ATTACHMENT", "name", NULL, false },
	{ "FLOW", "id", NULL, true },
};

LFCTL_COMMAND(flows_main)
{
	struct flows_filter filter = { 0 };
	struct json_object *array;
	struct nl nl;
	int status = parse_args(cmd, &filter, argc, argv);

	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = flows_read(&nl, &filter, &array);
	nl_close(&nl);
	if (status)
		return status;
	if (ctl->json) {
		out_json(array);
		return 0;
	}
	out_table(array, columns, sizeof(columns) / sizeof(columns[0]), "no flows");
	json_object_put(array);
	return 0;
}
