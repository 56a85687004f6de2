/* SPDX-License-Identifier: GPL-2.0 */
/* Help, as main() prints it. lfctl.h has the error messages. */
#ifndef SAY_H
#define SAY_H

#include <stdio.h>

#include "lfctl.h"

/* Before any other function: the table of commands, which ends with name NULL. */
void say_commands(const struct command *table);

/* All commands in one line each; a command's usage, with what it does on standard output. */
void say_all(FILE *f);
void say_usage(FILE *f, const struct command *cmd);

#endif /* SAY_H */
