/* SPDX-License-Identifier: GPL-2.0 */
/* Connections under congestion control liteflow: { local, peer, state, rate, ..., hash }. */
#ifndef CONN_H
#define CONN_H

struct json_object;

/* Adds those of the namespace. Returns 0 or an exit status, with the complaint made. */
int conn_read(struct json_object *array);

/* How many are in each state: { STATE: number, ... }, those with none included. NULL: see above. */
struct json_object *conn_states(void);

#endif /* CONN_H */
