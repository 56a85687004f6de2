/* SPDX-License-Identifier: GPL-2.0 */
/* The sample stream of the network namespace. */
#ifndef LFD_STREAM_H
#define LFD_STREAM_H

#include "lfctl/lib/batch.h"
#include "lfctl/lib/nl.h"

typedef void stream_fn(const struct batch *b, void *data);

struct stream {
	struct nl nl;
	bool open;
	stream_fn *fn;
	void *data;
	uint64_t batches, malformed, overruns;
};

/* 0, or -1 with the reason in log_complaint(). */
int stream_open(struct stream *s, stream_fn *fn, void *data);
void stream_close(struct stream *s);
int stream_fd(const struct stream *s);

/* Reads what is there now. -1: the stream has ended. */
int stream_read(struct stream *s);

#endif /* LFD_STREAM_H */
