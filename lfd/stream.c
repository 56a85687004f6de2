// SPDX-License-Identifier: GPL-2.0
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "deploy.h"
#include "log.h"

#define RCVBUF		(32 << 20)	/* bytes */
#define AT_ONCE		64		/* reads, then other events get their turn */

int stream_open(struct stream *s, stream_fn *fn, void *data)
{
	int size = RCVBUF, fd;

	memset(s, 0, sizeof(*s));
	s->fn = fn;
	s->data = data;
	if (deploy_open(&s->nl))
		return -1;
	fd = mnl_socket_get_fd(s->nl.sk);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (nl_join(&s->nl, s->nl.samples, "samples")) {
		nl_close(&s->nl);
		return -1;
	}
	s->open = true;
	return 0;
}

void stream_close(struct stream *s)
{
	if (s->open)
		nl_close(&s->nl);
	s->open = false;
}

int stream_fd(const struct stream *s)
{
	return mnl_socket_get_fd(s->nl.sk);
}

static void message(const struct nlmsghdr *nlh, void *data)
{
	struct stream *s = data;
	struct batch b;
	int ret = batch_parse(nlh, &b);

	if (ret < 0)
		s->malformed++;
	if (ret)
		return;
	s->batches++;
	s->fn(&b, s->data);
}

int stream_read(struct stream *s)
{
	int i, n;

	for (i = 0; i < AT_ONCE; i++) {
		n = nl_receive(&s->nl, message, s);
		if (n == -EAGAIN)
			return 0;
		if (n == -ENOBUFS)
			s->overruns++;
		else if (n < 0)
			return -1;
	}
	return 0;
}
