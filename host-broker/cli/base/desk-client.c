#include "host-broker/cli/base/desk-client.h"

#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/text.h"
#include "proto/desk.pb-c.h"
#include "proto/host/desk-socket.h"
#include "proto/io/broker-dial.h"
#include "proto/io/broker-request.h"
#include "proto/wire/message.h"

#define READ_SIZE (64 * 1024)

int desk_client_open(const char *vm, bool system, struct desk_client *ret, struct error *error)
{
	struct paths_environment environment;
	struct paths user;
	char path[PATH_SIZE];

	*ret = (struct desk_client){.fd = -1};
	if (!text_is_vm_name(vm))
		return error_set(error, UV_EINVAL, "'%s' is no name of a VM", vm);
	paths_environment_get(&environment);
	int code = paths_get(false, &environment, &user, error);
	if (code < 0)
		return code;
	if (!desk_path(&user, vm, system, "socket", path))
		return error_set(
			error, UV_ENAMETOOLONG, "the path of %s is too long", user.runtime);
	/* As of the broker: what is told here is the user's clipboard. */
	code = broker_dial(path, error);
	ret->fd = code < 0 ? -1 : code;
	if (code >= 0)
		return 0;
	if (code == UV_EPERM || code == UV_ENOTDIR)
		return error_prefix(error, "vm \"%s\"", vm);
	return error_set(error, UV_ENOENT,
		"vm \"%s\": its windows are not shown on this desktop; vm-run shows those of what "
		"it starts",
		vm);
}

void desk_client_close(struct desk_client *client)
{
	bytes_finish(&client->in);
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

int desk_client_send(struct desk_client *client, uint16_t type, const ProtobufCMessage *message)
{
	return frame_send(client->fd, type, message);
}

static int frame_next(struct desk_client *client, struct frame *ret, size_t *ret_size)
{
	for (;;) {
		int64_t size =
			frame_decode(bytes_data(&client->in), bytes_length(&client->in), ret);
		if (size != 0) {
			*ret_size = size > 0 ? (size_t)size : 0;
			return size < 0 ? (int)size : 0;
		}
		if (bytes_reserve(&client->in, bytes_length(&client->in) + READ_SIZE) < 0)
			return UV_ENOMEM;
		ssize_t count = read(client->fd, bytes_tail(&client->in), bytes_room(&client->in));
		if (count <= 0)
			return count < 0 ? UV_EIO : UV_EOF;
		bytes_add(&client->in, (size_t)count);
	}
}

static int answer_take(const char *vm, const Vmsilo__Desk__Answer *answer, struct error *error)
{
	if (!answer->failure[0])
		return 0;
	return error_set(error, UV_EIO, "vm \"%s\": %s", vm, answer->failure);
}

int desk_client_receive(struct desk_client *client, const char *vm, uint16_t *ret_type,
	ProtobufCMessage **ret, struct error *error)
{
	struct frame frame;
	size_t size;

	*ret = NULL;
	int code = frame_next(client, &frame, &size);
	ProtobufCMessage *message = code == 0 ? message_unpack(&frame) : NULL;
	if (!message)
		return error_set(error, code < 0 ? code : UV_EPROTO,
			"vm \"%s\": its vmsilo-windows did not answer", vm);
	*ret_type = frame.type;
	bytes_consume(&client->in, size);
	if (frame.type != FRAME_DESK_ANSWER) {
		*ret = message;
		return 0;
	}
	code = answer_take(vm, (const Vmsilo__Desk__Answer *)message, error);
	message_free(message);
	return code;
}
