/* SPDX-License-Identifier: GPL-2.0 */
/* Log messages: to the journal if systemd started lfd, else to standard error. */
#ifndef LFD_LOG_H
#define LFD_LOG_H

enum log_level { LOG_BAD = 3, LOG_WARN = 4, LOG_SAY = 6 };	/* as syslog(3) numbers them */

void log_at(enum log_level level, const char *fmt, ...) __attribute__((__format__(printf, 2, 3)));

#define log_bad(...)	log_at(LOG_BAD, __VA_ARGS__)
#define log_warn(...)	log_at(LOG_WARN, __VA_ARGS__)
#define log_say(...)	log_at(LOG_SAY, __VA_ARGS__)

/* A decision of a learner: a line as above, with its numbers as a field of the journal. */
void log_decision(const char *slot, const char *what, const char *sentence, const char *json);

/* To systemd, as sd_notify(3); does nothing if systemd did not start us. */
void log_notify(const char *state);

/* The last error message of lfctl's code. */
const char *log_complaint(void);

#endif /* LFD_LOG_H */
