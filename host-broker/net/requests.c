#include "host-broker/net/requests.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/refused/log.h"
#include "host-broker/net/state.h"
#include "host-broker/network/wire.h"
#include "proto/base/cleanup.h"
#include "proto/wire/message.h"

void answer_finish(struct answer *answer)
{
	free(answer->packet);
	if (answer->fd >= 0)
		close(answer->fd);
	*answer = (struct answer){.fd = -1};
}

static int answer_make(struct answer *ret, uint16_t type, const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);

	ret->packet = malloc(FRAME_HEADER_SIZE + length);
	if (!ret->packet)
		return UV_ENOMEM;
	frame_encode_header(ret->packet, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, ret->packet + FRAME_HEADER_SIZE);
	ret->length = FRAME_HEADER_SIZE + length;
	return 0;
}

static int answer_done(struct answer *ret, int code, struct error *error)
{
	Vmsilo__Net__Done done = VMSILO__NET__DONE__INIT;

	done.code = code;
	done.text = error->text;
	return answer_make(ret, FRAME_NET_DONE, &done.base);
}

int requests_knock(const char *vm, struct answer *ret)
{
	Vmsilo__Net__Knock knock = VMSILO__NET__KNOCK__INIT;

	*ret = (struct answer){.fd = -1};
	knock.vm = (char *)vm;
	return answer_make(ret, FRAME_NET_KNOCK, &knock.base);
}

int requests_refused(const struct refused *refused, struct answer *ret)
{
	Vmsilo__Net__Refused message = VMSILO__NET__REFUSED__INIT;

	*ret = (struct answer){.fd = -1};
	message.vm = (char *)refused->vm;
	message.protocol = refused->packet.protocol;
	message.address =
		(ProtobufCBinaryData){.len = refused->packet.to.family == AF_INET ? 4 : 16,
			.data = (uint8_t *)refused->packet.to.bytes};
	message.port = refused->packet.port;
	return answer_make(ret, FRAME_NET_REFUSED, &message.base);
}

static int set_handle(
	struct state *state, const ProtobufCMessage *untrusted_message, struct answer *ret)
{
	_cleanup_free_ struct net_attachment *attachment = malloc(sizeof(*attachment));
	struct error error = {0};

	if (!attachment)
		return UV_ENOMEM;
	if (!net_wire_unpack((const Vmsilo__Net__Set *)untrusted_message, attachment))
		return UV_EPROTO;
	return answer_done(ret, state_set(state, attachment, &error), &error);
}

static int tap_handle(
	struct state *state, const ProtobufCMessage *untrusted_message, struct answer *ret)
{
	const Vmsilo__Net__Tap *tap = (const Vmsilo__Net__Tap *)untrusted_message;
	const Vmsilo__Net__TapMade made = VMSILO__NET__TAP_MADE__INIT;
	struct error error = {0};
	int code = state_tap(state, tap->vm, tap->down ? NET_DOWN : NET_UP, &ret->fd, &error);

	return code < 0 ? answer_done(ret, code, &error)
			: answer_make(ret, FRAME_NET_TAP_MADE, &made.base);
}

static int remove_handle(
	struct state *state, const ProtobufCMessage *untrusted_message, struct answer *ret)
{
	const Vmsilo__Net__Remove *remove = (const Vmsilo__Net__Remove *)untrusted_message;
	struct error error = {0};

	return answer_done(ret, state_remove(state, remove->vm, &error), &error);
}

static void counts_fill(const struct rules_vm *vm, Vmsilo__Net__VmCounts *ret)
{
	vmsilo__net__vm_counts__init(ret);
	ret->vm = (char *)vm->attachment.vm;
	ret->sent_packets = vm->counts[RULES_SENT].packets;
	ret->sent_bytes = vm->counts[RULES_SENT].bytes;
	ret->received_packets = vm->counts[RULES_RECEIVED].packets;
	ret->received_bytes = vm->counts[RULES_RECEIVED].bytes;
	ret->refused_packets = vm->counts[RULES_REFUSED].packets;
	ret->spoofed_packets = vm->counts[RULES_SPOOFED].packets;
}

static int count_handle(
	struct state *state, const ProtobufCMessage *untrusted_message, struct answer *ret)
{
	const struct rules_vm *vms[NET_VMS_MAX];
	Vmsilo__Net__VmCounts entries[NET_VMS_MAX];
	Vmsilo__Net__VmCounts *list[NET_VMS_MAX];
	Vmsilo__Net__Counts counts = VMSILO__NET__COUNTS__INIT;

	(void)untrusted_message;
	counts.n_vms = state_count(state, vms);
	counts.vms = list;
	for (size_t i = 0; i < counts.n_vms; i++) {
		counts_fill(vms[i], &entries[i]);
		list[i] = &entries[i];
	}
	return answer_make(ret, FRAME_NET_COUNTS, &counts.base);
}

static const struct {
	uint16_t type;
	int (*handle)(
		struct state *state, const ProtobufCMessage *untrusted_message, struct answer *ret);
} requests[] = {
	{FRAME_NET_SET, set_handle},
	{FRAME_NET_TAP, tap_handle},
	{FRAME_NET_REMOVE, remove_handle},
	{FRAME_NET_COUNT, count_handle},
};

static int frame_handle(struct state *state, const struct frame *frame, struct answer *ret)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].type != frame->type)
			continue;
		ProtobufCMessage *untrusted = message_unpack(frame);
		int code = untrusted ? requests[i].handle(state, untrusted, ret) : UV_EPROTO;
		message_free(untrusted);
		return code;
	}
	return UV_EPROTO;
}

int requests_handle(
	struct state *state, const uint8_t *untrusted_packet, size_t length, struct answer *ret)
{
	struct frame frame;

	*ret = (struct answer){.fd = -1};
	int64_t size = frame_decode(untrusted_packet, length, &frame);
	if (size <= 0 || size != (int64_t)length)
		return UV_EPROTO;
	int code = frame_handle(state, &frame, ret);
	if (code < 0)
		answer_finish(ret);
	return code;
}
