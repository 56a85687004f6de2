// SPDX-License-Identifier: GPL-2.0
/*
 * Messages for users. The text that netlink_ext_ack points to is read when the answer is built,
 * after the handler has returned and dropped its locks. So it lies in a ring of buffers, and a
 * buffer is not reused for a second. If errors come faster than that (a program in a loop), the
 * later ones get a fixed message.
 */
#include "core.h"

#include <linux/jiffies.h>
#include <linux/spinlock.h>

#define SENTENCE_MAX	192
#define SENTENCES	64

static struct {
	unsigned long used;	/* jiffies */
	bool ever;
	char text[SENTENCE_MAX];
} sentences[SENTENCES];
static unsigned int sentence_next;
static DEFINE_SPINLOCK(sentence_lock);

void lf_extack(struct netlink_ext_ack *extack, const char *fmt, ...)
{
	const char *text = "rejected; too many errors at once to say why";
	unsigned int i;
	va_list args;

	if (!extack)
		return;
	va_start(args, fmt);
	spin_lock(&sentence_lock);
	i = sentence_next;
	if (!sentences[i].ever || time_after(jiffies, sentences[i].used + HZ)) {
		vsnprintf(sentences[i].text, SENTENCE_MAX, fmt, args);
		sentences[i].used = jiffies;
		sentences[i].ever = true;
		sentence_next = (i + 1) % SENTENCES;
		text = sentences[i].text;
	}
	spin_unlock(&sentence_lock);
	va_end(args);
	extack->_msg = text;
}
