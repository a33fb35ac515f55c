/* Those who follow what happens, and those who read what has happened. */
#include <unistd.h>

#include "host-broker/client/client.h"
#include "host-broker/client/events.h"
#include "host-broker/client/request.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/wire/frame.h"

void request_events(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	(void)message;
	events_follow(client_services(client)->events, client, vm ? vm : client_only(client));
}

void request_logs(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__Logs *logs = (const Vmsilo__Broker__Logs *)message;
	Vmsilo__Broker__Descriptor answer = VMSILO__BROKER__DESCRIPTOR__INIT;
	_cleanup_close_ int fd = -1;

	if (logs->age > 1) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST,
			"vm \"%s\": no journal of age %u; only 0 and 1 are kept",
			vm_configuration(vm)->name, logs->age);
		return;
	}
	int code = journal_open(
		client_services(client)->journal, vm_configuration(vm)->name, logs->age, &fd);
	if (code == 0)
		client_answer_fd(client, FRAME_DESCRIPTOR, &answer.base, fd);
	else
		client_fail_text(client,
			code == UV_ENOENT ? VMSILO__BROKER__FAILURE__CODE__NOT_FOUND
					  : VMSILO__BROKER__FAILURE__CODE__INTERNAL,
			"vm \"%s\": %s", vm_configuration(vm)->name,
			code == UV_ENOENT ? "its journal is still empty" : uv_strerror(code));
}
