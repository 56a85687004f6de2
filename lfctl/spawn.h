/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs, without a shell. */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdbool.h>

/*
 * Runs the program, found in PATH. Returns its exit status, -1 if it could not be run; quiet:
 * without its output.
 */
int spawn_run(char *const *argv, bool quiet);

/* The same; its standard output is *text, to be freed. */
int spawn_read(char *const *argv, char **text);

/* With what it says on standard error. */
int spawn_read_all(char *const *argv, char **text);

/* Is the module there, or can it be loaded? */
bool spawn_module(const char *name);

#endif /* SPAWN_H */
