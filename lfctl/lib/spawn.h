/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs, without a shell. */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdbool.h>

/*
 * Runs the program, found in PATH. Returns its exit status, -1 if it could not be run; quiet:
 * discards its output.
 */
int spawn_run(char *const *argv, bool quiet);

/* The same; *text gets its standard output and must be freed. */
int spawn_read(char *const *argv, char **text);

/* The same, including standard error. */
int spawn_read_all(char *const *argv, char **text);

/* Is the module loaded, or can it be? */
bool spawn_module(const char *name);

#endif /* SPAWN_H */
