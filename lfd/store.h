/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The replay store: labelled and unlabelled rows on disk, bounded, which survive a crash of the
 * program.
 */
#ifndef LFD_STORE_H
#define LFD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lq/format.h>

#define STORE_STRATA (LQ_MAX_OUTPUTS + 1) /* one for each class, one for rows without a label */

/* The layout of rows; a store with another layout is started afresh. */
struct store_layout {
	uint32_t n_inputs, n_outputs;
	uint32_t n_classes;		/* 0: labels are values */
	uint32_t what;			/* enum label_what */
	char inputs[LQ_MAX_INPUTS][LQ_NAME_LEN];
	char classes[LQ_MAX_OUTPUTS][LQ_NAME_LEN];
};

/* The fixed part of a row; x[n_inputs] and y[n_outputs], both s32, follow it. */
struct store_row {
	uint32_t crc;			/* CRC32C of the rest, never 0; 0: a free place */
	uint32_t group;			/* label_group() */
	uint64_t flow; /* identifies rows of one flow: a hash, not the kernel's id */
	uint64_t time_ns;		/* CLOCK_REALTIME */
	uint32_t generation;
	float label;			/* class as index, or the value */
	uint16_t verdict;		/* of the snapshot that served it, 0xffff for none */
	uint8_t labelled;
	uint8_t stratum;
	uint32_t packets;		/* of the flow at this row */
	uint8_t hash[8];		/* first bytes of that snapshot's hash */
	int32_t xy[];
};

struct store {
	int fd;
	void *map;
	size_t bytes, row_bytes;
	uint32_t places;		/* of all strata */
	uint32_t n_strata;
	double share;			/* maximum of a stratum for one group */
	const struct store_layout *layout;	/* in the map */
	uint64_t random;
	struct store_stratum {
		uint32_t first, places, n;	/* rows that it has */
		uint32_t ring;		/* next of its recent half to be written */
	} strata[STORE_STRATA];
	uint64_t torn, refused; /* rows dropped at open; rows rejected by their group's bound */
	struct store_groups *groups;
};

/*
 * Opens or creates the file, of at most `quota` bytes; less if the disk has less room, but not less
 * than a quarter. Returns 0, or -1 with a message.
 */
int store_open(struct store *s, const char *path, const struct store_layout *layout, uint64_t quota,
	       double share, char *why, size_t size);
/* The same for a file that another process writes: its current rows, read-only. */
int store_look(struct store *s, const char *path, char *why, size_t size);
void store_close(struct store *s);

/*
 * Row r (crc, stratum need not be set) with its x and y. False if it was rejected because its group
 * already has its share.
 */
bool store_add(struct store *s, const struct store_row *r, const int32_t *x, const int32_t *y);

/* The row at a place, NULL if it is free or torn. */
const struct store_row *store_at(const struct store *s, uint32_t place);

uint32_t store_rows(const struct store *s);
uint32_t store_labelled(const struct store *s);
uint32_t store_bytes_of(const struct store_layout *l);	/* of one row */

#endif /* LFD_STORE_H */
