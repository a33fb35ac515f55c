#include "host-broker/retire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/io/closer.h"

#define FOLDER_EVENTS \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)
#define PARENT_EVENTS (IN_DELETE_SELF | IN_MOVE_SELF)

enum reason { REASON_TO_STAY, REASON_UNUSED, REASON_OUT_OF_REACH };

struct file_id {
	dev_t device;
	ino_t inode;
};

struct retire {
	struct retire_options options;
	struct file_id folder, socket;
	bool socket_lost;
	bool met;           /* a client has come */
	enum reason reason; /* that the timer stands for */
	uint32_t idle_ms;   /* that it was set to */
	int inotify_fd;     /* -1: the kernel does not tell */
	struct closer closer;
	uv_timer_t timer;
	uv_poll_t poll;
};

static struct file_id id_of(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return (struct file_id){0};
	return (struct file_id){.device = status.st_dev, .inode = status.st_ino};
}

static bool is_same(struct file_id a, struct file_id b)
{
	return a.inode != 0 && a.device == b.device && a.inode == b.inode;
}

static const struct paths *paths_of(const struct retire *retire)
{
	return retire->options.environment->paths;
}

static struct file_id socket_id(const struct retire *retire)
{
	char path[PATH_SIZE];

	return paths_runtime(paths_of(retire), NULL, "broker.socket", path) ? id_of(path)
									    : (struct file_id){0};
}

/* What is lost stays so, since another may stand there now. */
static void look(struct retire *retire)
{
	bool *folder_lost = &retire->options.environment->folder_lost;
	bool was_lost = *folder_lost || retire->socket_lost;

	if (!is_same(retire->folder, id_of(paths_of(retire)->runtime)))
		*folder_lost = true;
	if (*folder_lost ||
		(retire->options.owns_socket && !is_same(retire->socket, socket_id(retire))))
		retire->socket_lost = true;
	if (!was_lost && retire->socket_lost)
		log_warning(NULL,
			"%s no longer belongs to this broker: it will stop once no VM is running",
			*folder_lost ? paths_of(retire)->runtime : "the path of its socket");
}

bool retire_has_socket(struct retire *retire)
{
	look(retire);
	return retire->options.owns_socket && !retire->socket_lost;
}

static enum reason reason_get(struct retire *retire, const struct retire_facts *facts)
{
	if (facts->runs)
		return REASON_TO_STAY;
	if (retire->socket_lost)
		return REASON_OUT_OF_REACH;
	return retire->options.on_demand && retire->idle_ms > 0 && facts->clients == 0 &&
			       !facts->starts
		       ? REASON_UNUSED
		       : REASON_TO_STAY;
}

static uint64_t wait_ms(const struct retire *retire, const struct retire_facts *facts)
{
	if (retire->reason == REASON_OUT_OF_REACH)
		return facts->clients > 0 ? RETIRE_LOST_MS : 0;
	return retire->met || retire->idle_ms > RETIRE_FIRST_MS ? retire->idle_ms : RETIRE_FIRST_MS;
}

static void on_timer(uv_timer_t *timer)
{
	struct retire *retire = timer->data;
	enum reason was = retire->reason;
	struct retire_facts facts;

	look(retire);
	retire->reason = REASON_TO_STAY;
	retire->options.facts(retire->options.data, &facts);
	/* A waiting connection is about to be a client. */
	if (reason_get(retire, &facts) != was ||
		(was == REASON_UNUSED && retire->options.waits(retire->options.data)))
		retire_check(retire);
	else
		retire->options.on_end(retire->options.data,
			was == REASON_UNUSED
				? "no client and no VM for a while"
				: "it cannot be reached any more, and no VM is running");
}

void retire_check(struct retire *retire)
{
	uint32_t idle_ms = retire->options.environment->broker->idle_exit_ms;
	struct retire_facts facts;

	retire->options.facts(retire->options.data, &facts);
	retire->met = retire->met || facts.clients > 0;
	bool changed = idle_ms != retire->idle_ms;
	retire->idle_ms = idle_ms;
	enum reason reason = reason_get(retire, &facts);
	if (reason == retire->reason && !changed)
		return;
	retire->reason = reason;
	if (reason == REASON_TO_STAY)
		uv_timer_stop(&retire->timer);
	else
		uv_timer_start(&retire->timer, on_timer, wait_ms(retire, &facts), 0);
}

/* ---- what happens ---- */

/* What exactly it was does not matter. */
static void on_inotify(uv_poll_t *poll, int status, int events)
{
	struct retire *retire = poll->data;
	char buffer[4096];

	(void)events;
	if (status < 0 || (read(retire->inotify_fd, buffer, sizeof(buffer)) < 0 &&
				  errno != EAGAIN && errno != EINTR))
		uv_poll_stop(poll);
	look(retire);
	retire_check(retire);
}

static void retire_free(void *data)
{
	struct retire *retire = data;

	if (retire->inotify_fd >= 0)
		close(retire->inotify_fd);
	free(retire);
}

/* Where it cannot be had, the folder is looked at when the timer ends. */
static void folder_watch(struct retire *retire)
{
	const char *folder = paths_of(retire)->runtime;
	char parent[PATH_SIZE];

	retire->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (retire->inotify_fd < 0)
		return;
	snprintf(parent, sizeof(parent), "%s", folder);
	char *slash = strrchr(parent, '/');
	if (slash && slash > parent)
		*slash = '\0';
	if (inotify_add_watch(retire->inotify_fd, folder, FOLDER_EVENTS | IN_ONLYDIR) < 0 ||
		inotify_add_watch(retire->inotify_fd, parent, PARENT_EVENTS | IN_ONLYDIR) < 0 ||
		uv_poll_init(retire->options.environment->loop, &retire->poll, retire->inotify_fd) <
			0) {
		close(retire->inotify_fd);
		retire->inotify_fd = -1;
		return;
	}
	closer_add(&retire->closer);
	retire->poll.data = retire;
	uv_poll_start(&retire->poll, UV_READABLE, on_inotify);
}

int retire_create(const struct retire_options *options, struct retire **ret)
{
	struct retire *retire = calloc(1, sizeof(*retire));

	if (!retire)
		return UV_ENOMEM;
	retire->options = *options;
	closer_init(&retire->closer, retire_free, retire);
	uv_timer_init(options->environment->loop, &retire->timer);
	retire->timer.data = retire;
	closer_add(&retire->closer);
	folder_watch(retire);
	/* After the watch began, so that nothing is missed between. */
	retire->folder = id_of(paths_of(retire)->runtime);
	retire->socket = socket_id(retire);
	retire_check(retire);
	*ret = retire;
	return 0;
}

void retire_destroy(struct retire *retire)
{
	closer_close(&retire->closer, (uv_handle_t *)&retire->timer);
	if (retire->inotify_fd >= 0)
		closer_close(&retire->closer, (uv_handle_t *)&retire->poll);
	closer_finish(&retire->closer);
}
