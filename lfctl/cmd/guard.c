// SPDX-License-Identifier: GPL-2.0
/* lfctl slot guard, and the report of a guard that tripped. */
#include "guard.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <linux/liteflow.h>

#include "args.h"
#include "lfctl.h"
#include "nl.h"
#include "out.h"
#include "slot.h"
#include "term.h"

#define PERCENT	10000.	/* in millionths */
#define WINDOW_NS	UINT64_C(500000000)	/* the kernel's default */
#define LEAST	100

static const char *const limits[] = { "drift", "saturated", "class", "outcome" };
static const char *const ways[] = { "before", "none" };
static const char *const term_names[] = {
	"bytes", "packets", "duration", "retrans", "reward", "delivered", "latency", "loss",
};

const struct field guard_fields[] = {
	{ "window_ms", LITEFLOW_A_GUARD_WINDOW, FIELD_U32 },
	{ "least", LITEFLOW_A_GUARD_LEAST, FIELD_U32 },
	{ "drift", LITEFLOW_A_GUARD_DRIFT, FIELD_U32 },
	{ "saturated", LITEFLOW_A_GUARD_SATURATED, FIELD_U32 },
	{ "class", LITEFLOW_A_GUARD_CLASS, FIELD_U32 },
	{ "term", LITEFLOW_A_GUARD_TERM, FIELD_NAME, FIELD_NAMES(term_names) },
	{ "bound", LITEFLOW_A_GUARD_BOUND, FIELD_U64 },
	{ "to", LITEFLOW_A_GUARD_TO, FIELD_NAME, FIELD_NAMES(ways) },
	{ 0 }
};

const struct field trip_fields[] = {
	{ "limit", LITEFLOW_A_TRIP_LIMIT, FIELD_NAME, FIELD_NAMES(limits) },
	{ "own", LITEFLOW_A_TRIP_OWN, FIELD_FLAG },
	{ "generation", LITEFLOW_A_TRIP_GENERATION, FIELD_U32 },
	{ "measured", LITEFLOW_A_TRIP_MEASURED, FIELD_S64 },
	{ "bound", LITEFLOW_A_TRIP_BOUND, FIELD_S64 },
	{ "count", LITEFLOW_A_TRIP_COUNT, FIELD_U64 },
	{ "class", LITEFLOW_A_TRIP_CLASS, FIELD_U32 },
	{ "time", LITEFLOW_A_TRIP_TIME, FIELD_U64 },
	{ 0 }
};

/* --- printing --- */

void guard_print_trip(struct json_object *trip)
{
	bool own = json_object_get_boolean(json_object_object_get(trip, "own"));
	const char *limit = out_str(trip, "limit");

	printf("generation %" PRIu64 " by %s%s", out_u64(trip, "generation"), own ? "its own " : "",
	       limit);
	if (out_has(trip, "class"))
		printf(" %" PRIu64, out_u64(trip, "class"));
	if (!strcmp(limit, "outcome"))
		printf(", worse by %" PRId64 " over %" PRIu64 " values, allowed %" PRId64,
		       out_s64(trip, "measured"), out_u64(trip, "count"), out_s64(trip, "bound"));
	else
		printf(", %g%% of %" PRIu64 " inferences, allowed %g%%",
		       out_s64(trip, "measured") / PERCENT, out_u64(trip, "count"),
		       out_s64(trip, "bound") / PERCENT);
}

void guard_print_limits(const char *what, struct json_object *guard)
{
	int term = term_by_name(out_str(guard, "term"));
	int i;

	printf("%s", what);
	for (i = 0; i < LITEFLOW_LIMIT_OUTCOME; i++)
		if (out_u64(guard, limits[i]))
			printf(" %s %g%%,", limits[i], out_u64(guard, limits[i]) / PERCENT);
	if (term >= 0)
		printf(" outcome %s %g,", terms[term].name,
		       out_u64(guard, "bound") / terms[term].steps);
	printf(" window %" PRIu64 "ms, least %" PRIu64 ", to %s\n", out_u64(guard, "window_ms"),
	       out_u64(guard, "least"), out_str(guard, "to"));
}

void guard_print(struct json_object *slot)
{
	struct json_object *guard = json_object_object_get(slot, "guard");
	struct json_object *trip = json_object_object_get(slot, "trip");

	if (guard)
		guard_print_limits("guard   ", guard);
	if (!trip)
		return;
	printf("stopped  ");
	guard_print_trip(trip);
	putchar('\n');
}

/* --- lfctl slot guard NAME LIMIT... --- */

static bool read_share(const char *word, uint32_t *share)
{
	int64_t millionths;

	if (!args_millionths(word, &millionths) || millionths <= 0 || millionths > 1000000)
		return false;
	*share = millionths;
	return true;
}

/* In the unit of the term; 0 is a valid bound. */
static bool read_bound(const char *word, int term, uint64_t *bound)
{
	int64_t millionths;

	if (!args_millionths(word, &millionths) || millionths < 0)
		return false;
	*bound = millionths / 1e6 * terms[term].steps + 0.5;
	return true;
}

/* Formats a message, and returns what lfctl_usage() would. */
static int bad(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return LFCTL_USAGE;
}

static int read_outcome(struct guard_args *a, const char *term, const char *bound, char *why,
			size_t size)
{
	a->term = term_by_name(term);
	if (a->term < 0)
		return bad(why, size,
			   "'%s' is not a term: bytes, packets, duration, retrans, reward, "
			   "delivered, latency, loss",
			   term);
	if (!read_bound(bound, a->term, &a->bound))
		return bad(why, size,
			   "the bound of an outcome is a number that is not negative, not '%s'",
			   bound);
	return 0;
}

static bool read_window(const char *word, uint64_t *ns)
{
	return args_time(word, ns) && *ns >= 100000000 && *ns <= 60000000000;
}

static int read_word(struct guard_args *a, const char *key, const char *word, char *why,
		     size_t size)
{
	int limit = args_word(key, limits, LITEFLOW_LIMIT_OUTCOME);

	if (limit >= 0)
		return read_share(word, &a->share[limit]) ?
			       0 :
			       bad(why, size, "%s is a share above 0 and at most 100%%, not '%s'",
				   limits[limit], word);
	if (!strcmp(key, "window"))
		return read_window(word, &a->window_ns) ?
			       0 :
			       bad(why, size, "window is a time from 100ms to 60s, not '%s'", word);
	if (!strcmp(key, "least"))
		return args_u32(word, UINT32_MAX, &a->least) && a->least ?
			       0 :
			       bad(why, size, "least is a number from 1, not '%s'", word);
	if (!strcmp(key, "generation"))
		return args_u32(word, UINT32_MAX, &a->generation) && a->generation ?
			       0 :
			       bad(why, size, "generation is a number from 1, not '%s'", word);
	if (!strcmp(key, "to")) {
		a->to = args_word(word, ways, 2);
		return a->to >= 0 ? 0 :
				    bad(why, size, "to is before or none, not '%s'", word);
	}
	return bad(why, size, "unknown argument '%s'", key);
}

static bool has_limit(const struct guard_args *a)
{
	return a->share[0] || a->share[1] || a->share[2] || a->term >= 0;
}

/* Only whose limits they are may be before it. */
static bool is_off(const struct guard_args *a, const char *word)
{
	return !strcmp(word, "off") && !has_limit(a) && !a->window_ns && !a->least && a->to < 0;
}

int guard_parse(struct guard_args *a, int argc, char **argv, char *why, size_t size)
{
	int i, status = 0;

	memset(a, 0, sizeof(*a));
	a->term = -1;
	a->to = -1;
	if (!argc)
		return bad(why, size, "give limits, or off");
	for (i = 0; i < argc && !status; i += 2) {
		if (i + 1 == argc && is_off(a, argv[i]))
			return 0;
		bool outcome = !strcmp(argv[i], "outcome");

		if (i + 1 + outcome >= argc)
			return bad(why, size, "%s needs %s", argv[i],
				   outcome ? "a term and a bound" : "a value");
		status = outcome ? read_outcome(a, argv[i + 1], argv[i + 2], why, size) :
				   read_word(a, argv[i], argv[i + 1], why, size);
		i += outcome;
	}
	if (!status && !has_limit(a))
		return bad(why, size,
			   "a guard has one limit at least: drift, saturated, class or outcome");
	return status;
}

/* --- as words --- */

/* As few digits as needed: input has at most six decimals. */
static const char *decimal(double v)
{
	static char text[40];
	char *end;

	snprintf(text, sizeof(text), "%.6f", v);
	for (end = text + strlen(text) - 1; *end == '0'; end--)
		*end = 0;
	if (*end == '.')
		*end = 0;
	return text;
}

void guard_words(const struct guard_args *a, char *text, size_t n)
{
	int i;
	size_t at;

	snprintf(text, n, "off");
	if (!has_limit(a))
		return;
	*text = 0;
	for (i = 0, at = 0; i < LITEFLOW_LIMIT_OUTCOME; i++)
		if (a->share[i] && at < n)
			at += snprintf(text + at, n - at, "%s %s%% ", limits[i],
				       decimal(a->share[i] / PERCENT));
	if (a->term >= 0 && at < n)
		at += snprintf(text + at, n - at, "outcome %s %s ", terms[a->term].name,
			       decimal(a->bound / terms[a->term].steps));
	if (at < n)
		snprintf(text + at, n - at, "window %" PRIu64 "ms least %" PRIu32 " to %s",
			 (a->window_ns ? a->window_ns : WINDOW_NS) / 1000000,
			 a->least ? a->least : LEAST, ways[a->to < 0 ? 0 : a->to]);
}

void guard_words_of(struct json_object *guard, char *text, size_t n)
{
	struct guard_args a = { .term = -1, .to = -1 };
	int i;

	for (i = 0; i < LITEFLOW_LIMIT_OUTCOME; i++)
		a.share[i] = out_u64(guard, limits[i]);
	if (out_has(guard, "term"))
		a.term = term_by_name(out_str(guard, "term"));
	a.bound = out_u64(guard, "bound");
	a.window_ns = out_u64(guard, "window_ms") * 1000000;
	a.least = out_u64(guard, "least");
	a.to = args_word(out_str(guard, "to"), ways, 2);
	guard_words(&a, text, n);
}

static void put(struct nlmsghdr *nlh, const struct guard_args *a)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, LITEFLOW_A_SLOT_GUARD);

	if (a->share[LITEFLOW_LIMIT_DRIFT])
		mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_DRIFT, a->share[LITEFLOW_LIMIT_DRIFT]);
	if (a->share[LITEFLOW_LIMIT_SATURATED])
		mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_SATURATED,
				 a->share[LITEFLOW_LIMIT_SATURATED]);
	if (a->share[LITEFLOW_LIMIT_CLASS])
		mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_CLASS, a->share[LITEFLOW_LIMIT_CLASS]);
	if (a->term >= 0) {
		mnl_attr_put_u8(nlh, LITEFLOW_A_GUARD_TERM, a->term);
		mnl_attr_put_u64(nlh, LITEFLOW_A_GUARD_BOUND, a->bound);
	}
	if (a->window_ns)
		mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_WINDOW, a->window_ns / 1000000);
	if (a->least)
		mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_LEAST, a->least);
	if (a->to >= 0)
		mnl_attr_put_u8(nlh, LITEFLOW_A_GUARD_TO, a->to);
	if (a->generation)
		mnl_attr_put_u32(nlh, LITEFLOW_A_GUARD_GENERATION, a->generation);
	mnl_attr_nest_end(nlh, nest);
}

LFCTL_COMMAND(guard_main)
{
	struct guard_args a;
	struct nlmsghdr *nlh;
	char why[256];
	struct nl nl;
	int status = slot_check_name(cmd, argc, argv);

	if (!status && guard_parse(&a, argc - 1, argv + 1, why, sizeof(why)))
		status = lfctl_usage(cmd, "%s", why);
	if (!status)
		status = nl_open(&nl, ctl);
	if (status)
		return status;
	nlh = slot_request(&nl, LITEFLOW_CMD_SLOT_SET, argv[0]);
	put(nlh, &a);
	if (nl_talk(&nl, nlh))
		status = nl_fail(&nl, "slot guard %s", argv[0]);
	nl_close(&nl);
	return status;
}
