#include "host-broker/usb/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/io/closer.h"

#define GROUP_KERNEL 1
#define GROUP_UDEV 2 /* after its rules, which may be what makes the node ours */
#define SETTLE_MS 50
#define MESSAGE_SIZE 8192
#define MESSAGES_PER_TURN 64

struct uevent {
	int fd;
	void (*on_event)(void *data);
	void *data;
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t timer;
};

static void on_timer(uv_timer_t *timer)
{
	struct uevent *uevent = timer->data;

	uevent->on_event(uevent->data);
}

/* Any device's: a disk behind a USB device matters as well. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct uevent *uevent = poll->data;
	char message[MESSAGE_SIZE];

	(void)events;
	for (int i = 0; status == 0 && i < MESSAGES_PER_TURN; i++) {
		ssize_t length = recv(uevent->fd, message, sizeof(message), MSG_TRUNC);
		/* Messages that were lost (ENOBUFS) are as good as one that was read. */
		if (length < 0 && errno != ENOBUFS)
			break;
		if (!uv_is_active((uv_handle_t *)&uevent->timer))
			uv_timer_start(&uevent->timer, on_timer, SETTLE_MS, 0);
	}
}

static void uevent_free(void *data)
{
	struct uevent *uevent = data;

	close(uevent->fd);
	free(uevent);
}

static int socket_open(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL | GROUP_UDEV};
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int code = -errno;
	close(fd);
	return code;
}

int uevent_create(uv_loop_t *loop, void (*on_event)(void *data), void *data, struct uevent **ret)
{
	struct uevent *uevent = calloc(1, sizeof(*uevent));

	if (!uevent)
		return UV_ENOMEM;
	int code = uevent->fd = socket_open();
	if (code >= 0)
		code = uv_poll_init(loop, &uevent->poll, uevent->fd);
	if (code < 0) {
		if (uevent->fd >= 0)
			close(uevent->fd);
		free(uevent);
		return code;
	}
	uv_timer_init(loop, &uevent->timer);
	uevent->on_event = on_event;
	uevent->data = data;
	uevent->poll.data = uevent;
	uevent->timer.data = uevent;
	closer_init(&uevent->closer, uevent_free, uevent);
	closer_add(&uevent->closer);
	closer_add(&uevent->closer);
	uv_poll_start(&uevent->poll, UV_READABLE, on_poll);
	*ret = uevent;
	return 0;
}

void uevent_destroy(struct uevent *uevent)
{
	closer_close(&uevent->closer, (uv_handle_t *)&uevent->poll);
	closer_close(&uevent->closer, (uv_handle_t *)&uevent->timer);
	closer_finish(&uevent->closer);
}
