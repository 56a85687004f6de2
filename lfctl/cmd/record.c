// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl record -o FILE [SLOT] [--count N] [--seconds S] [--outcomes FILE.csv]
 *
 *	stream (multicast) -> batch_parse() -> is it this slot's, are its columns the file's? ->
 *	sink_sample()
 *
 * The columns are those of the slot's active snapshot, or of the first batch if the slot is empty;
 * with reward terms if only connections can supply its inputs. A later snapshot with the same
 * inputs and outputs continues in the same file; records of any other are counted and left out.
 * There are two sockets because queries about snapshots must not swallow batches.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <lq/name.h>

#include "args.h"
#include "batch.h"
#include "commands.h"
#include "kind.h"
#include "nl.h"
#include "out.h"
#include "sink.h"
#include "slot.h"
#include "snapshot.h"
#include "stop.h"

#define RCVBUF		(64 << 20)	/* bytes; about a second of a very busy stream */
#define HASHES		64		/* snapshots of one recording that are remembered */
#define SYNC_NS		1000000000ull	/* the file is brought up to date at least this often */

struct record {
	/* the options */
	const char *path, *outcomes_path, *slot;
	enum sink_format format;
	uint32_t count;			/* 0: no limit */
	uint64_t seconds;		/* ns, 0: no limit */
	/* the work */
	struct nl ask, stream;
	struct sink samples, outcomes;
	char slot_name[LQ_NAME_LEN];
	bool begun;			/* the layout is known */
	struct sink_layout layout;
	struct {
		uint8_t hash[LQ_HASH_LEN];
		bool fits;
	} seen[HASHES];
	uint32_t n_seen;
	int status;
	/* the result */
	struct batch_track track;
	uint64_t batches, skipped, malformed, overruns;
};

/* --- columns --- */

static void layout_numbered(struct sink_layout *l, const struct batch *b)
{
	uint32_t i;

	memset(l, 0, sizeof(*l));
	l->n_inputs = b->n_inputs;
	l->n_outputs = b->n_outputs;
	l->rewards = b->rewarded;
	for (i = 0; i < l->n_inputs; i++)
		snprintf(l->inputs[i], sizeof(l->inputs[i]), "x%" PRIu32, i);
	for (i = 0; i < l->n_outputs; i++)
		snprintf(l->outputs[i], sizeof(l->outputs[i]), "%" PRIu32, i);
}

/* Has it an input that no packet can supply? */
static bool of_connections(const struct sink_layout *l)
{
	uint32_t i;
	int id;

	for (i = 0; i < l->n_inputs; i++) {
		id = lq_feature_by_name(l->inputs[i]);
		if (id >= 0 && lq_features[id].from == LQ_FROM_TCP)
			return true;
	}
	return false;
}

/* Names of the inputs and outputs of a snapshot that is loaded; false if it is gone. */
static bool layout_of(struct nl *nl, const char *hex, struct sink_layout *l)
{
	struct json_object *o = snapshot_by_hash(nl, hex);
	uint32_t i;

	if (!o)
		return false;
	memset(l, 0, sizeof(*l));
	l->n_inputs = out_length(o, "inputs");
	l->n_outputs = out_length(o, "outputs");
	if (l->n_inputs > LQ_MAX_INPUTS || l->n_outputs > LQ_MAX_OUTPUTS) {
		json_object_put(o);
		return false;
	}
	for (i = 0; i < l->n_inputs; i++)
		snprintf(l->inputs[i], sizeof(l->inputs[i]), "%s",
			 out_str(out_at(o, "inputs", i), "name"));
	for (i = 0; i < l->n_outputs; i++)
		snprintf(l->outputs[i], sizeof(l->outputs[i]), "%s",
			 out_str(out_at(o, "outputs", i), "name"));
	l->rewards = of_connections(l);
	json_object_put(o);
	return true;
}

static int begin(struct record *r, const struct sink_layout *l)
{
	r->layout = *l;
	r->begun = true;
	return sink_begin_samples(&r->samples, l);
}

/*
 * Do the records of this batch fit the columns of the file? If they are not known yet, the first
 * batch determines them.
 */
static bool layout_fits(struct record *r, const struct batch *b)
{
	struct sink_layout l;
	char hex[2 * LQ_HASH_LEN + 1];
	bool known, fits;
	uint32_t i;

	for (i = 0; i < r->n_seen; i++)
		if (!memcmp(r->seen[i].hash, b->hash, sizeof(b->hash)))
			return r->seen[i].fits;
	out_hex(b->hash, sizeof(b->hash), hex);
	known = layout_of(&r->ask, hex, &l) && l.n_inputs == b->n_inputs &&
		l.n_outputs == b->n_outputs;
	if (!known)
		layout_numbered(&l, b);
	if (!r->begun)
		r->status = begin(r, &l);
	fits = !memcmp(&l, &r->layout, sizeof(l));
	i = r->n_seen < HASHES ? r->n_seen++ : HASHES - 1;
	memcpy(r->seen[i].hash, b->hash, sizeof(b->hash));
	r->seen[i].fits = fits;
	return fits;
}

/* --- the stream --- */

static bool full(const struct record *r)
{
	return r->count && r->samples.rows >= r->count;
}

static void write_samples(struct record *r, const struct batch *b)
{
	int32_t x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS], terms[LQ_N_REWARDS];
	struct batch_sample s;
	uint32_t i;

	if (!layout_fits(r, b) || (r->layout.rewards && !b->rewarded)) {
		r->skipped += b->n_samples;
		return;
	}
	for (i = 0; i < b->n_samples && !r->status && !full(r); i++) {
		batch_sample(b, i, &s, x, y);
		if (r->layout.rewards)
			batch_rewards(b, i, terms);
		r->status = sink_sample(&r->samples, b, &s, x, y, r->layout.rewards ? terms : NULL);
	}
}

static void write_outcomes(struct record *r, const struct batch *b)
{
	struct batch_outcome o;
	struct batch_label l;
	uint32_t i;

	for (i = 0; i < b->n_outcomes && !r->status; i++) {
		batch_outcome(b, i, &o);
		batch_label(b, i, &l);
		r->status = sink_outcome(&r->outcomes, b, &o, &l, batch_peer(b, i));
	}
}

static void message(const struct nlmsghdr *nlh, void *data)
{
	struct record *r = data;
	struct batch b;
	int ret = batch_parse(nlh, &b);

	if (ret < 0)
		r->malformed++;
	if (ret || strcmp(b.slot, r->slot_name) || r->status || full(r))
		return;
	r->batches++;
	batch_track(&r->track, &b);
	if (b.n_samples)
		write_samples(r, &b);
	if (!r->status)
		write_outcomes(r, &b);
}

static void sync_files(struct record *r)
{
	int a = sink_flush(&r->samples), b = sink_flush(&r->outcomes);

	if (!r->status)
		r->status = a ? a : b;
}

static void follow(struct record *r)
{
	bool live = !strcmp(r->path, "-");
	uint64_t end = r->seconds ? stop_now() + r->seconds : STOP_NEVER,
		 sync = stop_now() + SYNC_NS;
	int n, fd = mnl_socket_get_fd(r->stream.sk);

	while (!r->status && !full(r) && stop_now() < end) {
		n = stop_wait(fd, sync < end ? sync : end);
		if (n < 0)
			break;
		if (n) {
			n = nl_receive(&r->stream, message, r);
			if (n == -ENOBUFS)
				r->overruns++;
			else if (n < 0 && n != -EAGAIN)
				r->status = nl_fail(&r->stream, "record");
		}
		if (live || stop_now() >= sync) {
			sync_files(r);
			sync = stop_now() + SYNC_NS;
		}
	}
}

/* --- report --- */

static struct json_object *report(const struct record *r)
{
	struct json_object *o = json_object_new_object(), *columns = json_object_new_array();
	char name[64];
	const char *c;
	uint32_t i;

	for (i = 0; r->begun && (c = sink_column(&r->layout, r->format, i, name)); i++)
		json_object_array_add(columns, json_object_new_string(c));
	out_add_str(o, "slot", r->slot_name);
	out_add_str(o, "file", r->path);
	out_add_u64(o, "samples", r->samples.rows);
	out_add_u64(o, "outcomes", r->outcomes.rows);
	out_add_u64(o, "batches", r->batches);
	out_add_u64(o, "n_inputs", r->layout.n_inputs);
	out_add_u64(o, "n_outputs", r->layout.n_outputs);
	json_object_object_add(o, "columns", columns);
	out_add_u64(o, "skipped", r->skipped);
	out_add_u64(o, "malformed", r->malformed);
	out_add_u64(o, "lost_samples", r->track.lost);
	out_add_u64(o, "lost_batches", r->track.gap_batches);
	out_add_u64(o, "overruns", r->overruns);
	return o;
}

static void report_text(const struct record *r)
{
	fprintf(stderr,
		"%s: %" PRIu64 " samples of slot %s in %" PRIu64 " batches, %" PRIu32
		" inputs, %" PRIu32 " outputs\n",
		r->path, r->samples.rows, r->slot_name, r->batches, r->layout.n_inputs,
		r->layout.n_outputs);
	if (r->outcomes_path)
		fprintf(stderr, "%s: %" PRIu64 " outcomes\n", r->outcomes_path, r->outcomes.rows);
	if (r->skipped)
		lfctl_fail("left out: %" PRIu64
			   " samples of snapshots with other inputs or outputs",
			   r->skipped);
	if (r->malformed)
		lfctl_fail("left out: %" PRIu64 " messages that this tool cannot read",
			   r->malformed);
	if (r->track.lost || r->track.gap_batches || r->overruns)
		lfctl_fail("lost: %" PRIu64 " records in the kernel, %" PRIu64
			   " batches in transit, %" PRIu64 " overruns of the socket",
			   r->track.lost, r->track.gap_batches, r->overruns);
}

/* --- set-up --- */

static int parse_option(const struct command *cmd, struct record *r, const char *option,
			const char *value)
{
	enum sink_format format;

	if (!value)
		return lfctl_usage(cmd, "%s needs a value", option);
	if (!strcmp(option, "-o") || !strcmp(option, "--output")) {
		if (!sink_format_of(value, &r->format))
			return lfctl_usage(cmd, "%s: the name must end in .npy or .csv", value);
		r->path = value;
	} else if (!strcmp(option, "--outcomes")) {
		if (!sink_format_of(value, &format) || format != SINK_CSV || !strcmp(value, "-"))
			return lfctl_usage(cmd, "%s: the name must end in .csv", value);
		r->outcomes_path = value;
	} else if (!strcmp(option, "--count")) {
		if (!args_u32(value, UINT32_MAX, &r->count) || !r->count)
			return lfctl_usage(cmd, "--count needs a number from 1, not '%s'", value);
	} else if (!strcmp(option, "--seconds")) {
		if (!args_seconds(value, &r->seconds))
			return lfctl_usage(cmd, "--seconds needs a number above 0, not '%s'",
					   value);
	} else {
		return lfctl_usage(cmd, "unknown argument '%s'", option);
	}
	return 0;
}

static int parse_args(const struct lfctl *ctl, const struct command *cmd, struct record *r,
		      int argc, char **argv)
{
	int i, status;

	for (i = 0; i < argc; i++) {
		if (argv[i][0] == '-') {
			status = parse_option(cmd, r, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
			if (status)
				return status;
			i++;
		} else if (!r->slot && lq_name_ok(argv[i])) {
			r->slot = argv[i];
		} else {
			return lfctl_usage(cmd, "unknown argument '%s'", argv[i]);
		}
	}
	if (!r->path)
		return lfctl_usage(cmd, "-o FILE is missing");
	if (ctl->json && !strcmp(r->path, "-"))
		return lfctl_usage(cmd, "-j and -o - both use standard output");
	return 0;
}

/* The slot to follow: the one that was named, else the only one. */
static int choose(const struct command *cmd, struct record *r, struct json_object *slots)
{
	struct json_object *slot = json_object_array_get_idx(slots, 0);
	struct sink_layout l;
	int status;

	if (!slot)
		return lfctl_fail("record: there is no slot");
	if (json_object_array_length(slots) > 1)
		return lfctl_usage(cmd, "name a slot: there are %zu",
				   json_object_array_length(slots));
	snprintf(r->slot_name, sizeof(r->slot_name), "%s", out_str(slot, "name"));
	status = nl_only(&r->stream, r->slot_name, "record");
	if (status)
		return status;
	if (!out_u64(slot, "sample"))
		fprintf(stderr,
			"lfctl: slot %s sends no samples yet (lfctl slot set %s sample 1)\n",
			r->slot_name, r->slot_name);
	if (layout_of(&r->ask, out_str(json_object_object_get(slot, "active"), "hash"), &l))
		return begin(r, &l);
	return 0;
}

static void make_room(struct nl *nl)
{
	int fd = mnl_socket_get_fd(nl->sk), size = RCVBUF;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int set_up(const struct command *cmd, struct record *r)
{
	struct json_object *slots;
	int status;

	/* Open the stream first, to miss nothing from here on. */
	make_room(&r->stream);
	status = nl_join(&r->stream, r->stream.samples, "record");
	if (!status)
		status = slot_read(&r->ask, r->slot, &slots);
	if (status)
		return status;
	status = sink_open(&r->samples, r->path, r->format);
	if (!status && r->outcomes_path)
		status = sink_open(&r->outcomes, r->outcomes_path, SINK_CSV);
	if (!status)
		status = sink_begin_outcomes(&r->outcomes);
	if (!status)
		status = choose(cmd, r, slots);
	json_object_put(slots);
	return status;
}

/* A file without rows still has its header. */
static int finish(struct record *r)
{
	struct sink_layout none = { 0 };
	int a, b, status = r->status;

	if (!r->begun && !status)
		status = begin(r, &none);
	a = sink_close(&r->samples);
	b = sink_close(&r->outcomes);
	return status ? status : a ? a : b;
}

static int run(const struct lfctl *ctl, const struct command *cmd, struct record *r)
{
	int status = set_up(cmd, r);

	if (status) {
		sink_close(&r->samples);
		sink_close(&r->outcomes);
		return status;
	}
	follow(r);
	status = finish(r);
	if (ctl->json)
		out_json(report(r));
	else
		report_text(r);
	return status;
}

LFCTL_COMMAND(record_main)
{
	struct record *r = calloc(1, sizeof(*r));
	int status;

	if (!r)
		return lfctl_fail("out of memory");
	r->samples.fd = r->outcomes.fd = -1;
	status = parse_args(ctl, cmd, r, argc, argv);
	if (!status) {
		stop_catch();
		status = nl_open(&r->ask, ctl);
	}
	if (!status) {
		status = nl_open(&r->stream, ctl);
		if (!status) {
			status = run(ctl, cmd, r);
			nl_close(&r->stream);
		}
		nl_close(&r->ask);
	}
	free(r);
	return status;
}
