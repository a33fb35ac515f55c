#include "host-broker/cli/session/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/signals.h"
#include "proto/limits.h"

static struct {
	struct termios modes;
	bool known; /* modes are the user's */
	bool raw;
} saved;

/* Those that end a process which does not handle them, and that a client does not forward. */
static const int deadly[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGALRM, SIGXCPU, SIGXFSZ, SIGVTALRM};

static void on_deadly(int number)
{
	terminal_restore();
	raise(number); /* its handler is gone: it ends us now */
}

static void deadly_catch(void)
{
	const struct sigaction action = {
		.sa_handler = on_deadly, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};

	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		if (!signal_is_ignored(deadly[i]))
			sigaction(deadly[i], &action, NULL);
}

void terminal_size(Vmsilo__Session__Window *ret)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	vmsilo__session__window__init(ret);
	ret->rows = size.ws_row;
	ret->columns = size.ws_col;
	ret->x_pixels = size.ws_xpixel;
	ret->y_pixels = size.ws_ypixel;
}

void terminal_describe(Vmsilo__Session__Terminal *ret)
{
	static struct termios modes;
	Vmsilo__Session__Window size;
	char *term = getenv("TERM");

	vmsilo__session__terminal__init(ret);
	terminal_size(&size);
	ret->rows = size.rows;
	ret->columns = size.columns;
	ret->x_pixels = size.x_pixels;
	ret->y_pixels = size.y_pixels;
	ret->term = term && strlen(term) <= SESSION_TERM_MAX ? term : "dumb";
	if (tcgetattr(STDIN_FILENO, &modes) < 0)
		return;
	ret->has_modes = true;
	ret->iflag = modes.c_iflag;
	ret->oflag = modes.c_oflag;
	ret->cflag = modes.c_cflag;
	ret->lflag = modes.c_lflag;
	ret->cc.data = modes.c_cc;
	ret->cc.len = NCCS;
}

void terminal_raw(void)
{
	struct termios raw;

	if (tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	if (!saved.known) {
		if (tcgetattr(STDIN_FILENO, &saved.modes) < 0)
			return;
		saved.known = true;
		deadly_catch();
	}
	raw = saved.modes;
	cfmakeraw(&raw);
	saved.raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void terminal_restore(void)
{
	if (saved.raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved.modes);
	saved.raw = false;
}

bool terminal_is_there(void)
{
	_cleanup_close_ int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0;
}

/* isatty(3) says no by then. */
bool terminal_is_hung_up(int fd)
{
	struct pollfd poll_fd = {.fd = fd};
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && poll(&poll_fd, 1, 0) > 0 &&
	       (poll_fd.revents & POLLHUP);
}
