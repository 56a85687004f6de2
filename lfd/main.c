// SPDX-License-Identifier: GPL-2.0
/*
 * lfd: the slow path of LiteFlow. One loop over epoll:
 *
 *	signalfd	SIGTERM, SIGINT end it, SIGCHLD is a trainer, SIGHUP says what is unchanged
 *	timerfd		once a second each learner looks at its slot
 *	stream		batches of samples, to the learner of their slot
 *	control		lfctl learn
 *
 * Training runs in separate processes (runner.c, train.c). The module may be unloaded and reloaded:
 * sockets are then reopened.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>
#include <lq/version.h>

#include "control.h"
#include "learner.h"
#include "lfctl/lib/out.h"
#include "log.h"
#include "runner.h"
#include "stream.h"

#define FAILED	1
#define USAGE	2

struct lfd {
	const char *conf, *state, *run;
	bool check;
	struct settings *settings;
	struct learner *learners;
	size_t n;
	struct nl ask;
	bool asking;
	struct stream stream;
	struct control control;
	int epoll, signals, timer;
	bool stop;
};

static const char help[] =
	"usage: lfd [--check] [--conf FILE|DIR] [--state DIR] [--run DIR]\n"
	"\n"
	"  --check       check the configuration: a sentence for each fault\n"
	"  --conf        a learner's file, or the directory of all (" SETTINGS_DIR ")\n"
	"  --state DIR   stores, histories and snapshots (default: " CONTROL_STATE ")\n"
	"  --run DIR     socket and locks (" CONTROL_RUN ")\n"
	"  --version, --help\n";

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* --- options --- */

static int options(struct lfd *d, int argc, char **argv)
{
	static const struct option list[] = {
		{ "check", no_argument, NULL, 'c' }, { "conf", required_argument, NULL, 'f' },
		{ "state", required_argument, NULL, 's' }, { "run", required_argument, NULL, 'r' },
		{ "version", no_argument, NULL, 'V' }, { "help", no_argument, NULL, 'h' }, { }
	};
	int c;

	while ((c = getopt_long(argc, argv, "hV", list, NULL)) != -1) {
		switch (c) {
		case 'c':
			d->check = true;
			break;
		case 'f':
			d->conf = optarg;
			break;
		case 's':
			d->state = optarg;
			break;
		case 'r':
			d->run = optarg;
			break;
		case 'V':
			puts("lfd " LQ_VERSION);
			exit(0);
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			fputs("lfd --help lists the options\n", stderr);
			return USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "lfd: unknown argument '%s' (lfd --help)\n", argv[optind]);
		return USAGE;
	}
	return 0;
}

/* The path is made absolute, as a relative one would name another file in the trainer. */
static int read_settings(struct lfd *d)
{
	char *path = realpath(d->conf, NULL);
	struct stat st;
	int faults;

	if (!path || stat(path, &st)) {
		fprintf(stderr, "%s: %m\n", d->conf);
		free(path);
		return 1;
	}
	if (S_ISDIR(st.st_mode)) {
		faults = settings_read_all(path, &d->settings, &d->n);
	} else {
		d->settings = calloc(1, sizeof(*d->settings));
		d->n = 1;
		faults = d->settings ? settings_read(d->settings, path) : 1;
	}
	free(path);
	return faults;
}

static int check_machine(const struct lfd *d)
{
	int faults = 0;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (*d->settings[i].cpus && !runner_cpus_ok(d->settings[i].cpus)) {
			fprintf(stderr, "%s: cpus = %s: this machine has none of these\n",
				d->settings[i].path, d->settings[i].cpus);
			faults++;
		}
	return faults;
}

/* --- the kernel --- */

static void batch(const struct batch *b, void *data)
{
	struct lfd *d = data;
	size_t i;

	for (i = 0; i < d->n; i++)
		learner_batch(&d->learners[i], b);
}

static void watch_fd(struct lfd *d, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static void hang_up(struct lfd *d)
{
	size_t i;

	if (d->asking)
		nl_close(&d->ask);
	d->asking = false;
	stream_close(&d->stream);
	for (i = 0; i < d->n; i++)
		learner_away(&d->learners[i]);
}

/* Opens the query socket and the stream. A failure is logged once until it works. */
static bool call(struct lfd *d)
{
	static bool said;

	if (d->asking)
		return true;
	d->asking = !deploy_open(&d->ask);
	if (!d->asking || stream_open(&d->stream, batch, d)) {
		if (!said)
			log_warn("%s", log_complaint());
		said = true;
		hang_up(d);
		return false;
	}
	said = false;
	watch_fd(d, stream_fd(&d->stream));
	return true;
}

static void tick(struct lfd *d)
{
	struct deploy_slot any;
	size_t i;

	if (!call(d))
		return;
	if (deploy_look(&d->ask, d->settings[0].slot, &any)) {
		log_warn("%s", log_complaint());
		hang_up(d);
		return;
	}
	for (i = 0; i < d->n; i++)
		learner_tick(&d->learners[i], now_ns());
	log_notify("WATCHDOG=1");
}

/* --- signals --- */

static void children(struct lfd *d)
{
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < d->n; i++)
			if (d->learners[i].child == pid)
				learner_trained(&d->learners[i], status, now_ns());
}

static void signals(struct lfd *d)
{
	struct signalfd_siginfo si;

	while (read(d->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			children(d);
		else if (si.ssi_signo == SIGHUP)
			log_say("changes of the configuration take effect at the next start "
				"(systemctl restart lfd)");
		else
			d->stop = true;
	}
}

/* --- lfctl learn --- */

static struct json_object *answer(bool ok, const char *why)
{
	struct json_object *o = json_object_new_object();

	out_add_bool(o, "ok", ok);
	if (!ok)
		out_add_str(o, "error", why);
	return o;
}

static struct json_object *status(struct lfd *d)
{
	struct json_object *o = answer(true, NULL), *list = json_object_new_array();
	size_t i;

	for (i = 0; i < d->n; i++)
		json_object_array_add(list, learner_status(&d->learners[i], now_ns()));
	json_object_object_add(o, "learners", list);
	out_add_bool(o, "module", d->asking);
	out_add_u64(o, "batches", d->stream.batches);
	out_add_u64(o, "malformed", d->stream.malformed);
	out_add_u64(o, "overruns", d->stream.overruns);
	return o;
}

static struct learner *find(struct lfd *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (!strcmp(d->settings[i].name, name))
			return &d->learners[i];
	return NULL;
}

static struct json_object *command(struct json_object *request, void *data)
{
	struct lfd *d = data;
	const char *what = out_str(request, "command");
	struct json_object *force = json_object_object_get(request, "force");
	struct learner *l = find(d, out_str(request, "learner"));
	char why[256] = "there is no such command";
	bool ok = false;

	if (!strcmp(what, "status"))
		return status(d);
	if (!l)
		return answer(false, "there is no learner of that name");
	if (!strcmp(what, "pause") || !strcmp(what, "resume"))
		ok = learner_pause(l, *what == 'p', why, sizeof(why));
	else if (!strcmp(what, "rollback"))
		ok = learner_roll_back(l, now_ns(), why, sizeof(why));
	else if (!strcmp(what, "offer"))
		ok = learner_offer(l, out_str(request, "file"),
				   json_object_get_boolean(force), now_ns(), why, sizeof(why));
	return answer(ok, why);
}

/* --- the loop --- */

static void event(struct lfd *d, int fd)
{
	uint64_t expired;

	if (fd == d->signals) {
		signals(d);
	} else if (fd == d->timer) {
		if (read(d->timer, &expired, sizeof(expired)) == sizeof(expired))
			tick(d);
	} else if (fd == d->control.fd) {
		control_serve(&d->control);
	} else if (d->stream.open && fd == stream_fd(&d->stream) && stream_read(&d->stream)) {
		log_warn("samples: %s", d->stream.nl.error);
		hang_up(d);
	}
}

static int loop(struct lfd *d)
{
	struct epoll_event ev[8];
	int i, n;

	while (!d->stop) {
		n = epoll_wait(d->epoll, ev, 8, -1);
		if (n < 0 && errno != EINTR) {
			log_bad("epoll: %m");
			return FAILED;
		}
		for (i = 0; i < n; i++)
			event(d, ev[i].data.fd);
	}
	return 0;
}

static int set_up_loop(struct lfd *d)
{
	struct itimerspec second = { .it_interval.tv_sec = 1, .it_value.tv_nsec = 1 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->epoll < 0 || d->signals < 0 || d->timer < 0 ||
	    timerfd_settime(d->timer, 0, &second, NULL)) {
		log_bad("epoll: %m");
		return FAILED;
	}
	watch_fd(d, d->signals);
	watch_fd(d, d->timer);
	watch_fd(d, d->control.fd);
	return 0;
}

/* With its parents, as `mkdir -p`. */
static int make_dir(const char *path)
{
	char part[PATH_MAX], *slash;

	snprintf(part, sizeof(part), "%s", path);
	for (slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(part, 0755);
		*slash = '/';
	}
	if (!mkdir(part, 0700) || errno == EEXIST)
		return 0;
	log_bad("%s: %m", path);
	return -1;
}

static int run(struct lfd *d)
{
	size_t i, begun = 0;
	int ret = FAILED;

	d->control.fd = -1;
	d->learners = calloc(d->n, sizeof(*d->learners));
	if (!d->learners || make_dir(d->state) || make_dir(d->run))
		return FAILED;
	for (i = 0; i < d->n; i++, begun++)
		if (learner_begin(&d->learners[i], &d->settings[i], d->state, d->run, &d->ask))
			break;
	if (begun == d->n && !control_open(&d->control, d->run, command, d) && !set_up_loop(d)) {
		log_notify("READY=1");
		ret = loop(d);
	}
	log_notify("STOPPING=1");
	for (i = 0; i < d->n && i <= begun; i++)
		learner_end(&d->learners[i]);
	control_close(&d->control);
	return ret;
}

int main(int argc, char **argv)
{
	struct lfd d = { .conf = SETTINGS_DIR, .state = CONTROL_STATE, .run = CONTROL_RUN };
	int status = options(&d, argc, argv), faults;

	if (status)
		return status;
	umask(077);
	faults = read_settings(&d);
	faults += faults ? 0 : check_machine(&d);
	if (d.check || faults)
		return faults ? FAILED : 0;
	if (!d.n) {
		log_bad("there is no learner in %s (lfd.conf(5))", d.conf);
		return FAILED;
	}
	return run(&d);
}
