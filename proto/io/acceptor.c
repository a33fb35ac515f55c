#include "proto/io/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/io/closer.h"

struct acceptor {
	struct acceptor_options options;
	bool paused;          /* by its owner */
	bool gathers;         /* once nobody waits, or a crowd was met */
	unsigned int met;     /* since it last gathered, */
	uint64_t met_ns;      /* which took so long */
	bool shortened;       /* the backlog is */
	uint64_t calm_at;     /* uv_now(): then it is as it was */
	bool waits;           /* the timer runs: accept(2) lacks something, or a crowd gathers */
	uint64_t quiet_until; /* uv_now(): until then a shortage is not logged again */
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t timer;
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void poll_update(struct acceptor *acceptor)
{
	if (acceptor->paused || acceptor->waits)
		uv_poll_stop(&acceptor->poll);
	else
		uv_poll_start(&acceptor->poll, UV_READABLE, on_readable);
}

static void on_timer(uv_timer_t *timer)
{
	struct acceptor *acceptor = timer->data;

	acceptor->waits = false;
	poll_update(acceptor);
}

static void wait_for(struct acceptor *acceptor, uint64_t ms)
{
	acceptor->waits = true;
	uv_timer_start(&acceptor->timer, on_timer, ms, 0);
	poll_update(acceptor);
}

/* Whatever it is, the socket stays readable: it must not be asked at once again. */
static void shortage(struct acceptor *acceptor, int error)
{
	const struct acceptor_options *options = &acceptor->options;
	uint64_t now = uv_now(acceptor->timer.loop);

	if (now >= acceptor->quiet_until)
		log_warning(options->vm, "cannot accept %s: %s%s", options->what,
			uv_strerror(-error),
			error == EMFILE ? "; see LimitNOFILE= in systemd.exec(5), or ulimit -n"
					: "");
	acceptor->quiet_until = now + ACCEPTOR_QUIET_MS;
	wait_for(acceptor, ACCEPTOR_RETRY_MS);
}

static void backlog_set(struct acceptor *acceptor, bool shortened)
{
	if (acceptor->options.backlog == 0 || acceptor->shortened == shortened)
		return;
	acceptor->shortened = shortened;
	listen(acceptor->options.fd, shortened ? ACCEPTOR_CROWD : acceptor->options.backlog);
}

static void backlog_fit(struct acceptor *acceptor)
{
	uint64_t now = uv_now(acceptor->timer.loop);

	if (acceptor->gathers)
		acceptor->calm_at = now + ACCEPTOR_CALM_MS;
	backlog_set(acceptor, now < acceptor->calm_at);
}

static void gather(struct acceptor *acceptor)
{
	uint64_t ms = acceptor->met_ns * ACCEPTOR_GATHER_SHARE / 1000000;

	backlog_fit(acceptor);
	if (ms < ACCEPTOR_GATHER_MS)
		ms = ACCEPTOR_GATHER_MS;
	if (acceptor->gathers && !acceptor->paused)
		wait_for(acceptor, ms < ACCEPTOR_GATHER_MAX_MS ? ms : ACCEPTOR_GATHER_MAX_MS);
	acceptor->gathers = false;
	acceptor->met = 0;
	acceptor->met_ns = 0;
}

/* Whether nobody waits any more. */
static bool accept_some(struct acceptor *acceptor)
{
	const struct acceptor_options *options = &acceptor->options;

	for (unsigned int i = 0; i < options->most && !acceptor->paused; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t length = sizeof(peer);
		int fd = accept4(options->fd, (struct sockaddr *)&peer, &length,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			acceptor->met++;
			options->on_accept(options->data, fd, &peer);
			continue;
		}
		if (errno == ECONNABORTED || errno == EINTR)
			continue;
		if (errno == EAGAIN)
			return true;
		shortage(acceptor, errno);
		return false;
	}
	return false;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct acceptor *acceptor = poll->data;
	uint64_t begin = uv_hrtime();
	bool empty = accept_some(acceptor);

	(void)status;
	(void)events;
	acceptor->met_ns += uv_hrtime() - begin;
	if (!acceptor->waits && (empty || acceptor->met >= ACCEPTOR_CROWD))
		gather(acceptor);
}

static void acceptor_free(void *data)
{
	free(data);
}

int acceptor_create(uv_loop_t *loop, const struct acceptor_options *options, struct acceptor **ret)
{
	struct acceptor *acceptor = calloc(1, sizeof(*acceptor));

	if (!acceptor)
		return UV_ENOMEM;
	acceptor->options = *options;
	if (acceptor->options.most == 0)
		acceptor->options.most = ACCEPTOR_PER_TURN;
	int code = uv_poll_init(loop, &acceptor->poll, options->fd);
	if (code < 0) {
		free(acceptor);
		return code;
	}
	uv_timer_init(loop, &acceptor->timer);
	closer_init(&acceptor->closer, acceptor_free, acceptor);
	closer_add(&acceptor->closer);
	closer_add(&acceptor->closer);
	acceptor->poll.data = acceptor->timer.data = acceptor;
	poll_update(acceptor);
	*ret = acceptor;
	return 0;
}

void acceptor_pause(struct acceptor *acceptor)
{
	if (acceptor->paused)
		return;
	acceptor->paused = true;
	poll_update(acceptor);
}

void acceptor_resume(struct acceptor *acceptor)
{
	if (!acceptor->paused)
		return;
	acceptor->paused = false;
	poll_update(acceptor);
}

void acceptor_gather(struct acceptor *acceptor)
{
	acceptor->gathers = true;
}

bool acceptor_waits(const struct acceptor *acceptor)
{
	struct pollfd come = {.fd = acceptor->options.fd, .events = POLLIN};

	return poll(&come, 1, 0) > 0;
}

void acceptor_destroy(struct acceptor *acceptor)
{
	acceptor->paused = true;
	closer_close(&acceptor->closer, (uv_handle_t *)&acceptor->poll);
	closer_close(&acceptor->closer, (uv_handle_t *)&acceptor->timer);
	close(acceptor->options.fd);
	closer_finish(&acceptor->closer);
}
