/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `lfctl learn` asks of a running lfd: one JSON line each way, over a socket that only root
 * may open.
 */
#ifndef LFD_CONTROL_H
#define LFD_CONTROL_H

#define CONTROL_SOCKET	"lfd.sock"
#define CONTROL_RUN	"/run/liteflow/lfd"
#define CONTROL_STATE	"/var/lib/liteflow/lfd"

struct json_object;
struct sockaddr_un;

/* The answer to a request; never NULL. */
typedef struct json_object *control_fn(struct json_object *request, void *data);

struct control {
	int fd;
	char path[108];
	control_fn *fn;
	void *data;
};

/* 0, or -1 after printing the error. */
int control_open(struct control *c, const char *run, control_fn *fn, void *data);
void control_close(struct control *c);

/* A client connects: answers at once. */
void control_serve(struct control *c);

/* 0, or -1 with errno; for both ends of the socket. */
int control_address(struct sockaddr_un *a, const char *run);
void control_timeout(int fd, int seconds);

/* The client side; returns the answer, or NULL with errno. */
struct json_object *control_ask(const char *run, struct json_object *request);

#endif /* LFD_CONTROL_H */
