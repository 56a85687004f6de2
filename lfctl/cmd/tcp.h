/* SPDX-License-Identifier: GPL-2.0 */
/* Connections under congestion control liteflow: { local, peer, state, rate, ..., hash }. */
#ifndef TCP_H
#define TCP_H

struct json_object;

/* Adds those of the namespace. Returns 0, or an exit status after printing the error. */
int tcp_read(struct json_object *array);

/* Connections by state: { STATE: number, ... }, zeros included. NULL after an error, as above. */
struct json_object *tcp_states(void);

#endif /* TCP_H */
