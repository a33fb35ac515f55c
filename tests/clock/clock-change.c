/* Says when the clock jumps; run in a guest, whose clock may be set. */
#include <poll.h>
#include <stdio.h>
#include <uv.h>

#include "host-broker/clock/change.h"

#define JUMP_MS 20000

static bool wait_for(int fd, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, timeout_ms) == 1;
}

/* Each line says what happened; "rest" that nothing did. */
int main(void)
{
	int fd = clock_change_open();

	if (fd < 0) {
		printf("%s\n", uv_err_name(fd));
		return 1;
	}
	for (int i = 0; i < 2; i++) {
		puts(wait_for(fd, 200) ? "woken" : "rest");
		fflush(stdout);
		puts(wait_for(fd, JUMP_MS) && clock_change_take(fd) ? "jumped" : "not jumped");
		fflush(stdout);
	}
	return 0;
}
