/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of lfctl, for main(); each is in the file of its name, or that of its group. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "lfctl.h"

extern const struct command snapshot_commands[], slot_commands[], feature_commands[];
extern const struct command attach_commands[], hook_commands[], tcp_commands[];
extern const struct command learn_commands[];

LFCTL_COMMAND(budget_main);
LFCTL_COMMAND(stats_main);
LFCTL_COMMAND(doctor_main);
LFCTL_COMMAND(flows_main);
LFCTL_COMMAND(metrics_main);
LFCTL_COMMAND(monitor_main);
LFCTL_COMMAND(plot_main);
LFCTL_COMMAND(record_main);
LFCTL_COMMAND(teardown_main);
LFCTL_COMMAND(save_main);
LFCTL_COMMAND(check_main);
LFCTL_COMMAND(apply_main);
LFCTL_COMMAND(top_main);
LFCTL_COMMAND(version_main);
LFCTL_COMMAND(why_main);

#endif /* COMMANDS_H */
