/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CONF_FILE_H
#define CONF_FILE_H

struct conf;

/*
 * Reads and checks liteflow.conf(5), without the kernel. The first error is printed as "lfctl:
 * PATH:LINE: ...". Returns 0 or an exit status; *conf must be freed in any case.
 */
int conf_read_file(struct conf *conf, const char *path);

#endif /* CONF_FILE_H */
