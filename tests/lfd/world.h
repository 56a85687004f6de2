/* SPDX-License-Identifier: GPL-2.0 */
/* A learner with a made-up kernel and made-up flows: world.c. */
#ifndef LFD_TEST_WORLD_H
#define LFD_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codegen/util.h"
#include "lfd/learner.h"

#define SECOND	1000000000ull
#define RATE	100		/* flows a second */

struct world {
	bool there;
	struct lfs active, standby;
	uint8_t before[LQ_HASH_LEN];
	uint32_t generation, standby_generation, generations, swaps;
	double share;			/* of new flows, that the standby serves */
	uint64_t arm_inferences;	/* that it has served so */
	struct deploy_limits limits;	/* of one generation */
	uint32_t limited;		/* which; 0: none */
	int inferences, classes[3], outside;	/* of its window */
	uint32_t stopped;		/* generation */
	char trip[64];
	uint32_t shadow;
};

extern struct world kernel;
extern struct learner l;
extern struct settings set;
extern char dir[32], command[];
extern uint64_t now;
extern int turned;		/* the world: classes move round by this */
extern int arm_turned;		/* by so much more for flows that the arm serves */
extern bool by_mark;		/* which the outcomes carry, else by retransmissions */
extern double nearer;		/* below 1: ttl comes only from this part of its range */
extern double labelled;		/* share of flows that a rule says something of */
extern double noise;		/* share of labels that are another class's */
extern double longer;		/* below 1: more flows have long packets */
/* flows of one peer, with another class's label, for each of the others */
extern int flood;
extern bool dead;		/* lfd does not run */

/* cmocka's set up and tear down. */
int make(void **none);
int drop(void **none);

extern void (*traffic)(void);	/* of a second, instead of flows of classes */

/* app.conf, with more at its end. */
void configure(const char *more);
/* The same for another first snapshot, whose file is in `dir`, and other sections. */
void configure_all(const char *snapshot, const char *rest, const char *more);
void start(void);
void second(void);

/*
 * A forest that knows the classes, but calls flows of this share `class`; and one that is off by a
 * little.
 */
const char *model(const char *name, double share, int class);
const char *model_moved(const char *name, double share, int class, int moved);
/* It is active from now on. */
void serve(const char *path);

/* How often the history has it. */
int decided(const char *what);
/* The sentence of the last record of that kind; valid until the next call. */
const char *said(const char *what);
/* Until the history has it so often. Seconds that it took. */
int until(const char *what, int n, int most);
/* Of what is active. */
double loss(void);

#endif /* LFD_TEST_WORLD_H */
