#include "host-broker/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define FIRST_FD 3

static bool is_for_us(void)
{
	const char *pid = getenv("LISTEN_PID");

	return pid && strtol(pid, NULL, 10) == (long)getpid();
}

static int option_get(int fd, int option)
{
	int value = -1;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &length) < 0 ? -1 : value;
}

int activation_take(int *ret_fd, struct error *error)
{
	const char *count = getenv("LISTEN_FDS");
	bool ours = is_for_us() && count && strcmp(count, "0") != 0;
	bool one = ours && strcmp(count, "1") == 0;

	*ret_fd = -1;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!ours)
		return 0;
	if (!one || option_get(FIRST_FD, SO_DOMAIN) != AF_UNIX ||
		option_get(FIRST_FD, SO_TYPE) != SOCK_STREAM ||
		option_get(FIRST_FD, SO_ACCEPTCONN) != 1)
		return error_set(error, UV_EINVAL,
			"expected one listening unix socket from the service manager; see "
			"vmsilo-broker.socket");
	int flags = fcntl(FIRST_FD, F_GETFL);
	if (fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) < 0 ||
		fcntl(FIRST_FD, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_set(error, -errno, "descriptor 3: %s", uv_strerror(-errno));
	*ret_fd = FIRST_FD;
	return 0;
}
