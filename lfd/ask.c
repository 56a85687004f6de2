// SPDX-License-Identifier: GPL-2.0
/* The client side of control.c, for lfctl. */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#define ANSWER_MAX	65536

int control_address(struct sockaddr_un *a, const char *run)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (snprintf(a->sun_path, sizeof(a->sun_path), "%s/%s", run, CONTROL_SOCKET) <
	    (int)sizeof(a->sun_path))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

void control_timeout(int fd, int seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

struct json_object *control_ask(const char *run, struct json_object *request)
{
	const char *json = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	static char text[ANSWER_MAX + 1];
	struct sockaddr_un a;
	ssize_t n = -1;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return NULL;
	control_timeout(fd, 10);
	if (!control_address(&a, run) && !connect(fd, (struct sockaddr *)&a, sizeof(a)) &&
	    send(fd, json, strlen(json), MSG_NOSIGNAL) >= 0)
		n = recv(fd, text, ANSWER_MAX, 0);
	err = errno;
	close(fd);
	errno = n == 0 ? ECONNRESET : err;
	if (n <= 0)
		return NULL;
	text[n] = 0;
	return json_tokener_parse(text);
}
