#include "host-broker/ready.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"

/* A path, or with '@' a name without a file. Children must not tell in our name. */
static int service_manager_tell(const char *path, const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || length >= sizeof(address.sun_path))
		return UV_EINVAL;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
		sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		return -errno;
	return 0;
}

void ready_tell(int fd)
{
	const char *manager = getenv("NOTIFY_SOCKET");

	if (manager) {
		int code = service_manager_tell(manager, "READY=1");
		if (code < 0)
			log_warning(
				NULL, "cannot notify the service manager: %s", uv_strerror(code));
		unsetenv("NOTIFY_SOCKET");
	}
	if (fd < 0)
		return;
	if (write(fd, "", 1) != 1)
		log_warning(NULL, "nobody is reading from --ready-fd");
	close(fd);
}
