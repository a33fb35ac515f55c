/* A VM's serial console, attached to. */
#include <unistd.h>

#include "host-broker/access/guard.h"
#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/journal/consoles.h"
#include "host-broker/vm/vm.h"
#include "proto/wire/frame.h"

void request_console(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__Console *console = (const Vmsilo__Broker__Console *)message;
	const struct access_peer *peer = client_peer(client);
	const struct console_attach options = {.watch = console->watch,
		.take = console->take,
		.uid = peer->uid,
		.owner = access_is_owner(client_services(client)->guard->owner, peer)};
	Vmsilo__Broker__Descriptor answer = VMSILO__BROKER__DESCRIPTOR__INIT;
	struct console_attached attached;
	struct vm_status status;

	int code = consoles_attach(client_services(client)->consoles, vm, &options, &attached);
	if (code < 0) {
		client_fail_text(client,
			code == UV_ENOBUFS ? VMSILO__BROKER__FAILURE__CODE__BUSY
					   : VMSILO__BROKER__FAILURE__CODE__INTERNAL,
			"vm \"%s\": cannot attach to its console: %s", vm_configuration(vm)->name,
			code == UV_ENOBUFS ? "too many clients are attached already"
					   : uv_strerror(code));
		return;
	}
	vm_status(vm, &status);
	answer.replay = attached.replay;
	answer.may_write = attached.may_write;
	answer.state = (Vmsilo__Broker__VmState)status.state;
	answer.reason = (char *)status.reason;
	client_answer_fd(client, FRAME_DESCRIPTOR, &answer.base, attached.fd);
	close(attached.fd);
}
