#include "proto/io/socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

static int address_make(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(ret->sun_path))
		return UV_ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

/* Only a socket is replaced: another kind of file at the path is somebody's. */
static int stale_remove(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return UV_EEXIST;
	return unlink(path) < 0 ? -errno : 0;
}

int socket_listen_as(const char *path, int type, int backlog)
{
	struct sockaddr_un address;
	int code = address_make(path, &address);

	if (code == 0)
		code = stale_remove(path);
	if (code < 0)
		return code;
	_cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* The socket's own mode becomes its file's (unix(7) on Linux): at no moment is it another,
	 * and no path is looked up twice. */
	if (fchmod(fd, 0600) < 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (listen(fd, backlog) < 0) {
		code = -errno;
		unlink(path);
		return code;
	}
	return steal_fd(&fd);
}

int socket_listen(const char *path, int backlog)
{
	return socket_listen_as(path, SOCK_STREAM, backlog);
}

int socket_connect_as(const char *path, int type)
{
	struct sockaddr_un address;
	int code = address_make(path, &address);

	if (code < 0)
		return code;
	_cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

int socket_connect(const char *path)
{
	return socket_connect_as(path, SOCK_STREAM);
}

int socket_peer(int fd, struct socket_peer *ret)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
		return -errno;
	*ret = (struct socket_peer){
		.uid = credentials.uid, .gid = credentials.gid, .pid = credentials.pid};
	return 0;
}

int socket_peer_groups(int fd, gid_t **ret, size_t *ret_count)
{
	socklen_t length = 0;
	_cleanup_free_ gid_t *groups = NULL;

	/* It is told the size first, and did not change since: a peer's groups are those of then.
	 */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &length) < 0 && errno != ERANGE)
		return -errno;
	groups = malloc(length + sizeof(*groups));
	if (!groups)
		return UV_ENOMEM;
	if (length > 0 && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) < 0)
		return -errno;
	*ret = steal_pointer(&groups);
	*ret_count = length / sizeof(gid_t);
	return 0;
}

union descriptors {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

int socket_take_line(int fd, char *line, size_t size, size_t *length)
{
	char *end = line + *length;
	ssize_t count = recv(fd, end, size - *length, MSG_PEEK | MSG_DONTWAIT);

	if (count == 0)
		return UV_EOF;
	if (count < 0)
		return errno == EINTR ? UV_EAGAIN : -errno;
	const char *newline = memchr(end, '\n', (size_t)count);
	if (newline)
		count = newline + 1 - end;
	if (recv(fd, end, (size_t)count, MSG_DONTWAIT) != count)
		return UV_ECONNRESET;
	*length += (size_t)count;
	return 0;
}

ssize_t socket_send_fds(int socket, const void *bytes, size_t length, const int *fds, size_t count)
{
	struct iovec iov = {.iov_base = (void *)bytes, .iov_len = length};
	union descriptors control = {0};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	ssize_t sent;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : sent;
}

ssize_t socket_send_fd(int socket, const void *bytes, size_t length, int fd)
{
	return socket_send_fds(socket, bytes, length, &fd, 1);
}

/* The first descriptors go to fds, as many as there are places, the others are closed. */
static void descriptors_take(struct msghdr *message, int *fds, size_t places)
{
	size_t taken = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
		header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
			if (taken < places)
				fds[taken++] = fd;
			else
				close(fd);
		}
	}
}

ssize_t socket_receive_fds(int socket, void *bytes, size_t length, int *fds, size_t places)
{
	struct iovec iov = {.iov_base = bytes, .iov_len = length};
	union descriptors control;
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t received;

	for (size_t i = 0; i < places; i++)
		fds[i] = -1;
	do
		received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	descriptors_take(&message, fds, places);
	return received;
}

ssize_t socket_receive_fd(int socket, void *bytes, size_t length, int *ret_fd)
{
	return socket_receive_fds(socket, bytes, length, ret_fd, 1);
}
