#include "proto/io/signal-watch.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* 0: none. */
static int signal_take(const struct signal_watch *watch)
{
	struct signalfd_siginfo info;
	ssize_t length = read(watch->fd, &info, sizeof(info));

	return length == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	const struct signal_watch *watch = poll->data;
	int number = signal_take(watch);

	(void)status;
	(void)events;
	if (number)
		watch->on_signal(watch->data, number);
}

int signal_watch_start(struct signal_watch *watch, uv_loop_t *loop, const sigset_t *numbers,
	struct closer *closer, void (*on_signal)(void *data, int number), void *data)
{
	*watch = (struct signal_watch){.on_signal = on_signal, .data = data, .closer = closer};
	watch->fd = signalfd(-1, numbers, SFD_CLOEXEC | SFD_NONBLOCK);
	int code = watch->fd < 0 ? -errno : uv_poll_init(loop, &watch->poll, watch->fd);
	if (code < 0) {
		if (watch->fd >= 0)
			close(watch->fd);
		watch->fd = -1;
		return code;
	}
	sigprocmask(SIG_BLOCK, numbers, &watch->before);
	if (closer)
		closer_add(closer);
	watch->poll.data = watch;
	return uv_poll_start(&watch->poll, UV_READABLE, on_readable);
}

void signal_watch_finish(struct signal_watch *watch)
{
	if (watch->fd < 0)
		return;
	if (watch->closer)
		closer_close(watch->closer, (uv_handle_t *)&watch->poll);
	while (signal_take(watch))
		;
	close(watch->fd);
	watch->fd = -1;
	sigprocmask(SIG_SETMASK, &watch->before, NULL);
}
