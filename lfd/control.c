// SPDX-License-Identifier: GPL-2.0
/*
 * SOCK_SEQPACKET: each message is a request, with one answer. A client that connects but sends
 * nothing is dropped after a second; no samples are lost, as their socket buffers more than that.
 */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#include "log.h"

#define REQUEST_MAX	8192

int control_open(struct control *c, const char *run, control_fn *fn, void *data)
{
	struct sockaddr_un a;

	c->fn = fn;
	c->data = data;
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || control_address(&a, run)) {
		log_bad("%s: %m", run);
		return -1;
	}
	snprintf(c->path, sizeof(c->path), "%s", a.sun_path);
	unlink(c->path);
	if (bind(c->fd, (struct sockaddr *)&a, sizeof(a)) || chmod(c->path, 0600) ||
	    listen(c->fd, 8)) {
		log_bad("%s: %m", c->path);
		return -1;
	}
	return 0;
}

void control_close(struct control *c)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	unlink(c->path);
	c->fd = -1;
}

void control_serve(struct control *c)
{
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
	struct json_object *request, *answer;
	char text[REQUEST_MAX + 1];
	const char *json;
	ssize_t n;

	if (fd < 0)
		return;
	control_timeout(fd, 1);
	n = recv(fd, text, REQUEST_MAX, 0);
	if (n > 0) {
		text[n] = 0;
		request = json_tokener_parse(text);
		answer = c->fn(request, c->data);
		json = json_object_to_json_string_ext(
			answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		send(fd, json, strlen(json), MSG_NOSIGNAL);
		json_object_put(answer);
		json_object_put(request);
	}
	close(fd);
}
