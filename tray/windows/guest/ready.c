#include "tray/windows/guest/ready.h"

#include <stdio.h>
#include <unistd.h>

void ready_tell(int fd, const char *wayland, const char *display)
{
	dprintf(fd, "WAYLAND_DISPLAY=%s\n", wayland);
	if (display)
		dprintf(fd, "DISPLAY=%s\n", display);
	dprintf(fd, "XDG_SESSION_TYPE=wayland\n");
	/* Java believes that it is in a parent's window otherwise, and stays blank. */
	dprintf(fd, "_JAVA_AWT_WM_NONREPARENTING=1\n");
	/* Else X11 programs choose it by the size of X11's screen, which is not the user's. */
	dprintf(fd, "XCURSOR_SIZE=24\n");
	if (fd == STDOUT_FILENO)
		dup2(STDERR_FILENO, fd);
	else
		close(fd);
}
