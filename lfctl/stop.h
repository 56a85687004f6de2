/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SIGINT and SIGTERM end a command that runs on, at a place of its choice: nothing half-written
 * stays.
 */
#ifndef STOP_H
#define STOP_H

#include <stdbool.h>
#include <stdint.h>

#define STOP_NEVER	UINT64_MAX

/* From here on the signals only come through in stop_wait(). */
void stop_catch(void);

bool stop_asked(void);

/*
 * Waits for fd (-1: none) to have something to read, until the moment `until` of stop_now().
 * Returns 1: there is something; 0: it is time; -1: a signal, or poll() failed.
 */
int stop_wait(int fd, uint64_t until);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t stop_now(void);

#endif /* STOP_H */
