#include "tray/menu/vms.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/wire/frame.h"
#include "proto/wire/message.h"
#include "tray/link/broker-request.h"

struct question {
	struct broker_request *request;
	Vmsilo__Broker__VmList *list;
	int code; /* 1: not answered yet */
};

static void on_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct question *question = data;
	const Vmsilo__Broker__Failure *failure = (const Vmsilo__Broker__Failure *)message;

	if (fd >= 0)
		close(fd);
	question->code = UV_EPROTO;
	if (type == FRAME_VM_LIST) {
		/* The answer is the request's; a copy is ours. */
		size_t size = protobuf_c_message_get_packed_size(message);
		struct frame frame = {.type = type, .length = (uint32_t)size};
		uint8_t *bytes = malloc(size + 1);
		if (bytes) {
			protobuf_c_message_pack(message, bytes);
			frame.payload = bytes;
			question->list = (Vmsilo__Broker__VmList *)message_unpack(&frame);
		}
		free(bytes);
		question->code = question->list ? 0 : UV_ENOMEM;
	} else if (type == FRAME_FAILURE) {
		fprintf(stderr, "vmsilo: %s\n", failure->text);
	}
	broker_request_cancel(&question->request);
}

static void on_end(void *data, int reason)
{
	struct question *question = data;

	question->code = reason < 0 ? reason : UV_EOF;
	broker_request_cancel(&question->request);
}

int vms_ask(const char *path, const char *vm, Vmsilo__Broker__VmList **ret)
{
	static const struct broker_request_ops ops = {.on_answer = on_answer, .on_end = on_end};
	Vmsilo__Broker__List list = VMSILO__BROKER__LIST__INIT;
	struct question question = {.code = 1};
	uv_loop_t loop;

	list.vm = (char *)vm;
	int code = uv_loop_init(&loop);
	if (code < 0)
		return code;
	code = broker_request_start(
		&loop, path, FRAME_LIST, &list.base, &ops, &question, &question.request);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	if (code == 0)
		code = question.code;
	if (code < 0 && code != UV_EPROTO)
		fprintf(stderr, "vmsilo: cannot ask the broker: %s\n", uv_strerror(code));
	*ret = question.list;
	return code;
}
