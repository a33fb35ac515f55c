#include "guest-agent/program/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

static int size_set(int fd, uint32_t rows, uint32_t columns, uint32_t x_pixels, uint32_t y_pixels)
{
	const struct winsize size = {
		.ws_row = (unsigned short)rows,
		.ws_col = (unsigned short)columns,
		.ws_xpixel = (unsigned short)x_pixels,
		.ws_ypixel = (unsigned short)y_pixels,
	};

	return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

/* On the master these set the pair's modes (pty(7)). */
static int modes_set(int fd, const Vmsilo__Session__Terminal *request)
{
	struct termios modes;

	if (tcgetattr(fd, &modes) < 0)
		return -errno;
	modes.c_iflag = request->iflag;
	modes.c_oflag = request->oflag;
	modes.c_lflag = request->lflag;
	/* Of the line's own settings only the character size means anything on a pty. */
	modes.c_cflag = (modes.c_cflag & ~(tcflag_t)CSIZE) | (request->cflag & CSIZE);
	size_t count = request->cc.len < NCCS ? request->cc.len : NCCS;
	memcpy(modes.c_cc, request->cc.data, count);
	return tcsetattr(fd, TCSANOW, &modes) < 0 ? -errno : 0;
}

int terminal_open(const Vmsilo__Session__Terminal *request, char slave[TERMINAL_PATH_SIZE])
{
	_cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int code = 0;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
		ptsname_r(master, slave, TERMINAL_PATH_SIZE) != 0)
		return -errno;
	if (request->has_modes)
		code = modes_set(master, request);
	if (code == 0)
		code = size_set(master, request->rows, request->columns, request->x_pixels,
			request->y_pixels);
	return code < 0 ? code : steal_fd(&master);
}

int terminal_take(const char *slave)
{
	int fd = open(slave, O_RDWR);

	if (fd < 0)
		return -errno;
	/* Opening it has made it the controlling terminal already on Linux; this says so. */
	if (ioctl(fd, TIOCSCTTY, 0) < 0) {
		int code = -errno;
		close(fd);
		return code;
	}
	return fd;
}

void terminal_end(int master)
{
	struct termios modes;

	if (tcgetattr(master, &modes) == 0 && (modes.c_lflag & ICANON))
		(void)!write(master, &modes.c_cc[VEOF], 1);
}

int terminal_resize(int master, const Vmsilo__Session__Window *window)
{
	return size_set(master, window->rows, window->columns, window->x_pixels, window->y_pixels);
}
