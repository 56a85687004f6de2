/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SIGINT and SIGTERM end a long-running command at a point of its choice: nothing is left
 * half-written.
 */
#ifndef STOP_H
#define STOP_H

#include <stdbool.h>
#include <stdint.h>

#define STOP_NEVER	UINT64_MAX

/* Blocks the signals except in stop_wait(). */
void stop_catch(void);

bool stop_asked(void);

/*
 * Waits for fd (-1: none) to become readable, until the time `until` of stop_now(). Returns 1: it
 * is readable; 0: timeout; -1: a signal, or poll() failed.
 */
int stop_wait(int fd, uint64_t until);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t stop_now(void);

#endif /* STOP_H */
