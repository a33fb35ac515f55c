#include "host-broker/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "proto/limits.h"

static struct {
	struct termios modes;
	bool raw;
} saved;

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

	if (tcgetattr(STDIN_FILENO, &saved.modes) < 0)
		return;
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
