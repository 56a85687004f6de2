// SPDX-License-Identifier: GPL-2.0
/*
 * The replay store.
 *
 * One file, mapped: a header, then places of equal size. Its blocks are allocated at creation, so a
 * disk that fills up later cannot cause SIGBUS in the map, and only creation can fail. Each row
 * carries the CRC32C of its bytes. A process that is killed leaves the page cache as it was, so at
 * most the row that was being written is torn; a machine that loses power may lose any page. The
 * checksum reveals both, and such rows become free places. Nothing else is stored: counters are
 * rebuilt from the rows at open.
 *
 * Places are divided into strata, one for each class and one for rows without a label, so that a
 * flood of one class does not evict others. A stratum has two halves. The recent one is a ring of
 * the latest rows. Rows dropped from the ring are offered to the other half, a reservoir (Vitter's
 * algorithm R, ACM TOMS 11(1), 1985), in which every past row has the same chance. The count that
 * the algorithm needs is bounded, so the reservoir forgets slowly and exponentially after
 * RESERVOIR_MEMORY times its size (Aggarwal, VLDB 2006), and the count need not be exact.
 *
 * One group (label.c) may have at most `share` of a stratum's places; beyond that a new row
 * replaces one of the group's own, in either half. So a flood of labelled flows can fill that share
 * and no more.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lq/lq.h>

#define MAGIC		"LFDSTOR1"
#define RESERVOIR_MEMORY 50		/* times the places of the reservoir */
#define MIN_PLACES	16		/* of a stratum */
#define GROUPS 4096 /* counters per stratum; groups that share one count as one */

struct header {
	uint8_t magic[8];
	uint32_t row_bytes, places;
	uint32_t crc;			/* of all this with crc as 0 */
	uint32_t reserved;
	struct store_layout layout;
};

#define HEADER_BYTES	((sizeof(struct header) + 4095) / 4096 * 4096)

struct store_groups {
	uint32_t n[STORE_STRATA][GROUPS];
	uint64_t evicted[STORE_STRATA];	/* rows dropped from the rings, for algorithm R */
};

/* --- places --- */

static struct store_row *place(const struct store *s, uint32_t i)
{
	return (struct store_row *)((char *)s->map + HEADER_BYTES + (size_t)i * s->row_bytes);
}

static uint32_t row_crc(const struct store *s, const struct store_row *r)
{
	uint32_t crc =
		lq_crc32c(~0u, (const char *)r + sizeof(r->crc), s->row_bytes - sizeof(r->crc));

	return crc ? crc : 1;
}

const struct store_row *store_at(const struct store *s, uint32_t i)
{
	const struct store_row *r = place(s, i);

	return r->crc && r->crc == row_crc(s, r) ? r : NULL;
}

uint32_t store_bytes_of(const struct store_layout *l)
{
	return (sizeof(struct store_row) + 4 * (l->n_inputs + l->n_outputs) + 7) / 8 * 8;
}

static uint64_t draw(struct store *s, uint64_t below)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random % below;
}

static uint32_t *group_count(struct store *s, uint32_t stratum, uint32_t group)
{
	return &s->groups->n[stratum][group % GROUPS];
}

/* --- strata --- */

/* Values have strata, too: by magnitude, in steps of four. */
static uint32_t stratum_of(const struct store *s, const struct store_row *r)
{
	uint32_t last = s->n_strata - 1, k;

	if (!r->labelled)
		return last;
	if (s->layout->n_classes)
		return r->label < last ? (uint32_t)r->label : last;
	k = r->label > 0 ? r->label / 4 : 0;
	return k < last ? k : last - 1;
}

static void divide(struct store *s)
{
	uint32_t i, each = s->places / s->n_strata;

	for (i = 0; i < s->n_strata; i++) {
		s->strata[i].first = i * each;
		s->strata[i].places = each;
	}
}

static uint32_t ring_places(const struct store_stratum *t)
{
	return t->places / 2;
}

/* Counts the rows; a row cannot be in a stratum other than its own. */
static void count_rows(struct store *s)
{
	const struct store_row *r;
	uint64_t latest;
	uint32_t i, k;

	for (k = 0; k < s->n_strata; k++) {
		struct store_stratum *t = &s->strata[k];

		latest = 0;
		for (i = t->first; i < t->first + t->places; i++) {
			r = store_at(s, i);
			if (!r || r->stratum != k) {
				s->torn += place(s, i)->crc != 0;
				place(s, i)->crc = 0;
				continue;
			}
			t->n++;
			++*group_count(s, k, r->group);
			if (i - t->first < ring_places(t) && r->time_ns >= latest) {
				latest = r->time_ns;
				t->ring = (i - t->first + 1) % ring_places(t);
			}
			s->groups->evicted[k] += i - t->first >= ring_places(t);
		}
	}
}

/* --- open --- */

static uint32_t header_crc(const struct header *h)
{
	struct header copy = *h;

	copy.crc = 0;
	return lq_crc32c(~0u, &copy, sizeof(copy));
}

static bool fits(const struct store *s, const struct store_layout *l, uint64_t quota)
{
	const struct header *h = s->map;

	return !memcmp(h->magic, MAGIC, 8) && h->crc == header_crc(h) &&
	       h->row_bytes == store_bytes_of(l) &&
	       HEADER_BYTES + (uint64_t)h->row_bytes * h->places <= s->bytes && s->bytes <= quota &&
	       !memcmp(&h->layout, l, sizeof(*l));
}

static int map(struct store *s, char *why, size_t size)
{
	s->map = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (s->map != MAP_FAILED)
		return 0;
	s->map = NULL;
	snprintf(why, size, "the store cannot be mapped: %s", strerror(errno));
	return -1;
}

/* Opens an old file, if it has this layout and all of its blocks are allocated. */
static bool open_old(struct store *s, const struct store_layout *l, uint64_t quota)
{
	struct stat st;
	char why[80];

	if (fstat(s->fd, &st) || (size_t)st.st_size < HEADER_BYTES)
		return false;
	s->bytes = st.st_size;
	if (posix_fallocate(s->fd, 0, s->bytes) || map(s, why, sizeof(why)))
		return false;
	if (fits(s, l, quota))
		return true;
	munmap(s->map, s->bytes);
	s->map = NULL;
	return false;
}

/* Allocates what fits: the quota, or half or a quarter of it if the disk is nearly full. */
static int allocate(struct store *s, uint64_t quota, char *why, size_t size)
{
	uint64_t bytes;
	int err = 0;

	for (bytes = quota; bytes >= quota / 4; bytes /= 2) {
		if (ftruncate(s->fd, 0))
			break;
		err = posix_fallocate(s->fd, 0, bytes);
		if (!err) {
			s->bytes = bytes;
			return 0;
		}
		if (err != ENOSPC && err != EDQUOT && err != EFBIG)
			break;
	}
	if (ftruncate(s->fd, 0))
		err = errno;
	snprintf(why, size, "the store cannot have %llu bytes, or a quarter of that: %s",
		 (unsigned long long)quota, strerror(err ? err : errno));
	return -1;
}

static int make_new(struct store *s, const struct store_layout *l, uint64_t quota, char *why,
		    size_t size)
{
	struct header *h;

	if (allocate(s, quota, why, size) || map(s, why, size))
		return -1;
	h = s->map;
	memset(h, 0, sizeof(*h));
	h->row_bytes = store_bytes_of(l);
	h->places = (s->bytes - HEADER_BYTES) / h->row_bytes;
	h->layout = *l;
	memcpy(h->magic, MAGIC, 8);
	h->crc = header_crc(h);
	return 0;
}

static void settle(struct store *s, double share)
{
	const struct header *h = s->map;

	s->layout = &h->layout;
	s->row_bytes = h->row_bytes;
	s->places = h->places;
	s->n_strata = (h->layout.n_classes ? h->layout.n_classes : 16) + 1;
	s->share = share;
	s->random = 0x9e3779b97f4a7c15ull;
	divide(s);
	count_rows(s);
}

int store_open(struct store *s, const char *path, const struct store_layout *l, uint64_t quota,
	       double share, char *why, size_t size)
{
	uint32_t strata = (l->n_classes ? l->n_classes : 16) + 1;

	memset(s, 0, sizeof(*s));
	if (quota / 4 < HEADER_BYTES + (uint64_t)MIN_PLACES * strata * store_bytes_of(l)) {
		snprintf(why, size,
			 "%llu bytes are too few for rows of %u bytes and %u kinds of label",
			 (unsigned long long)quota, store_bytes_of(l), strata);
		s->fd = -1;
		return -1;
	}
	s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	s->groups = calloc(1, sizeof(*s->groups));
	if (s->fd < 0 || !s->groups) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		store_close(s);
		return -1;
	}
	if (!open_old(s, l, quota) && make_new(s, l, quota, why, size)) {
		store_close(s);
		return -1;
	}
	settle(s, share);
	return 0;
}

int store_look(struct store *s, const char *path, char *why, size_t size)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	s->groups = calloc(1, sizeof(*s->groups));
	if (s->fd < 0 || !s->groups || fstat(s->fd, &st)) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		store_close(s);
		return -1;
	}
	s->bytes = st.st_size;
	/* Private: rows being written while we read count as torn only for us. */
	s->map = s->bytes < HEADER_BYTES ? MAP_FAILED :
		 mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, s->fd, 0);
	if (s->map == MAP_FAILED)
		s->map = NULL;
	if (!s->map || !fits(s, &((struct header *)s->map)->layout, s->bytes)) {
		snprintf(why, size, "%s is not a store", path);
		store_close(s);
		return -1;
	}
	settle(s, 1);
	return 0;
}

void store_close(struct store *s)
{
	if (s->map)
		munmap(s->map, s->bytes);
	if (s->fd >= 0)
		close(s->fd);
	free(s->groups);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
}

/* --- add --- */

/* The checksum is cleared while the bytes change, and written last. */
static void write_row(struct store *s, uint32_t i, const struct store_row *r, const int32_t *x,
		      const int32_t *y)
{
	const struct store_layout *l = s->layout;
	volatile uint32_t *crc = &place(s, i)->crc;
	struct store_row *to = place(s, i);

	if (*crc)
		--*group_count(s, to->stratum, to->group);
	else
		s->strata[r->stratum].n++;
	*crc = 0;
	memset(to, 0, s->row_bytes);
	memcpy(to, r, sizeof(*r));
	to->crc = 0;
	memcpy(to->xy, x, 4 * l->n_inputs);
	memcpy(to->xy + l->n_inputs, y, 4 * l->n_outputs);
	*crc = row_crc(s, to);
	++*group_count(s, r->stratum, r->group);
}

/* A row that the ring drops goes to the reservoir or not, at random. */
static void retire(struct store *s, struct store_stratum *t, uint32_t i)
{
	uint32_t from = ring_places(t), room = t->places - from, k = t - s->strata;
	uint64_t n = ++s->groups->evicted[k], at;
	struct store_row *old = place(s, i), *to;

	if (n > (uint64_t)room * RESERVOIR_MEMORY)
		n = s->groups->evicted[k] = (uint64_t)room * RESERVOIR_MEMORY;
	at = n <= room ? n - 1 : draw(s, n);
	if (at >= room)
		return;
	to = place(s, t->first + from + at);
	if (to->crc)
		--*group_count(s, k, to->group);
	else
		t->n++;
	memcpy(to, old, s->row_bytes);
	++*group_count(s, k, to->group);
}

/*
 * Finds one of the group's own rows from a random place on; a linear search is fast enough for one
 * stratum.
 */
static int64_t own_row(struct store *s, const struct store_stratum *t, uint32_t group)
{
	uint32_t i, at, from = draw(s, t->places);

	for (i = 0; i < t->places; i++) {
		at = t->first + (from + i) % t->places;
		if (place(s, at)->crc && place(s, at)->group % GROUPS == group % GROUPS)
			return at;
	}
	return -1;
}

bool store_add(struct store *s, const struct store_row *given, const int32_t *x, const int32_t *y)
{
	struct store_row r = *given;
	struct store_stratum *t;
	int64_t at;
	uint32_t i;

	r.stratum = stratum_of(s, &r);
	t = &s->strata[r.stratum];
	if (r.labelled && *group_count(s, r.stratum, r.group) >= s->share * t->places) {
		s->refused++;
		at = own_row(s, t, r.group);
		if (at < 0)
			return false;
		write_row(s, at, &r, x, y);
		return true;
	}
	i = t->first + t->ring;
	if (place(s, i)->crc)
		retire(s, t, i);
	write_row(s, i, &r, x, y);
	t->ring = (t->ring + 1) % ring_places(t);
	return true;
}

/* --- counts --- */

uint32_t store_rows(const struct store *s)
{
	uint32_t k, n = 0;

	for (k = 0; k < s->n_strata; k++)
		n += s->strata[k].n;
	return n;
}

uint32_t store_labelled(const struct store *s)
{
	return store_rows(s) - (s->n_strata ? s->strata[s->n_strata - 1].n : 0);
}
