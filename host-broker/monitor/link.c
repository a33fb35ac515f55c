#include "host-broker/monitor/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proto/host/paths.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"

#define FIRST_PAUSE_MS 1
#define PAUSE_MAX_MS 50

struct link {
	char path[PATH_SIZE];
	int type;
	link_cb on_done;
	void *data;
	uint64_t since;
	uint64_t pause_ms;
	struct closer closer;
	uv_timer_t timer;
};

static void link_free(void *data)
{
	free(data);
}

/* The socket is not there, or is bound and does not listen yet, or nobody had time to accept. */
static bool may_come(int code)
{
	return code == UV_ENOENT || code == UV_ECONNREFUSED || code == UV_EAGAIN;
}

static void on_try(uv_timer_t *timer)
{
	struct link *link = timer->data;
	int fd = socket_connect_as(link->path, link->type | SOCK_NONBLOCK);

	if (may_come(fd) && uv_now(timer->loop) - link->since < LINK_GIVE_UP_MS) {
		uv_timer_start(timer, on_try, link->pause_ms, 0);
		link->pause_ms =
			link->pause_ms * 2 < PAUSE_MAX_MS ? link->pause_ms * 2 : PAUSE_MAX_MS;
		return;
	}
	link->on_done(link->data, fd);
}

int link_create(
	uv_loop_t *loop, const char *path, int type, link_cb on_done, void *data, struct link **ret)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return UV_ENOMEM;
	*link = (struct link){.type = type,
		.on_done = on_done,
		.data = data,
		.since = uv_now(loop),
		.pause_ms = FIRST_PAUSE_MS};
	snprintf(link->path, sizeof(link->path), "%s", path);
	closer_init(&link->closer, link_free, link);
	uv_timer_init(loop, &link->timer);
	closer_add(&link->closer);
	link->timer.data = link;
	uv_timer_start(&link->timer, on_try, 0, 0);
	*ret = link;
	return 0;
}

void link_destroy(struct link *link)
{
	closer_close(&link->closer, (uv_handle_t *)&link->timer);
	closer_finish(&link->closer);
}
