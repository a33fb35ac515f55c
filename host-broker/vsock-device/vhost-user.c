#include "host-broker/vsock-device/vhost-user.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uv.h>

static_assert(sizeof(struct vhost_user_config) == 12 + VHOST_USER_CONFIG_MAX, "no padding");
static_assert(sizeof(struct vhost_user_memory) == 8 + 32 * GUEST_MEMORY_REGIONS_MAX, "no padding");
static_assert(offsetof(struct vhost_user_message, size) == 8, "the header is three numbers");

union descriptors {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(VHOST_USER_FDS_MAX * sizeof(int))];
};

/* Takes all that came, so that none is lost in us; too many is the peer's fault. */
static int take_descriptors(struct vhost_user_message *message, struct msghdr *header)
{
	int code = header->msg_flags & MSG_CTRUNC ? UV_EPROTO : 0;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control;
		control = CMSG_NXTHDR(header, control)) {
		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(fd));
			if (message->fds_count < VHOST_USER_FDS_MAX) {
				message->fds[message->fds_count++] = fd;
			} else {
				close(fd);
				code = UV_EPROTO;
			}
		}
	}
	return code;
}

static int receive(struct vhost_user_reader *reader, int socket, void *place, size_t wanted)
{
	union descriptors control = {0};
	struct iovec iov = {.iov_base = place, .iov_len = wanted};
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t length = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (length == 0)
		return UV_EOF;
	reader->length += (size_t)length;
	int code = take_descriptors(&reader->message, &header);
	return code < 0 ? code : (int)length;
}

static int header_check(const struct vhost_user_message *message)
{
	if ((message->flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION)
		return UV_EPROTO;
	return message->size > sizeof(message->payload) ? UV_EPROTO : 0;
}

int vhost_user_read(struct vhost_user_reader *reader, int socket)
{
	struct vhost_user_message *message = &reader->message;

	for (;;) {
		int code;
		if (reader->length < VHOST_USER_HEADER_SIZE) {
			code = receive(reader, socket, (uint8_t *)message + reader->length,
				VHOST_USER_HEADER_SIZE - reader->length);
			if (code > 0 && reader->length == VHOST_USER_HEADER_SIZE &&
				header_check(message) < 0)
				return UV_EPROTO;
		} else {
			size_t done = reader->length - VHOST_USER_HEADER_SIZE;
			if (done == message->size)
				return 1;
			code = receive(reader, socket, (uint8_t *)&message->payload + done,
				message->size - done);
		}
		if (code <= 0)
			return code;
	}
}

void vhost_user_release(struct vhost_user_reader *reader)
{
	for (unsigned int i = 0; i < reader->message.fds_count; i++)
		if (reader->message.fds[i] >= 0)
			close(reader->message.fds[i]);
	*reader = (struct vhost_user_reader){0};
}

int vhost_user_reply(int socket, const struct vhost_user_message *message, uint32_t size)
{
	uint32_t header[3] = {message->request, VHOST_USER_VERSION | VHOST_USER_REPLY, size};
	struct iovec iov[] = {
		{.iov_base = header, .iov_len = sizeof(header)},
		{.iov_base = (void *)&message->payload, .iov_len = size},
	};
	const struct msghdr reply = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t length = sendmsg(socket, &reply, MSG_NOSIGNAL | MSG_DONTWAIT);

	/* A front end has one request under way; its socket has room for one answer. */
	if (length < 0)
		return -errno;
	return (size_t)length == sizeof(header) + size ? 0 : UV_EPROTO;
}
