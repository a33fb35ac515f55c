/* The configuration, read again. */
#include <stdlib.h>

#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/vm/reload.h"
#include "proto/base/cleanup.h"
#include "proto/wire/frame.h"

void request_reload(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const struct services *services = client_services(client);
	Vmsilo__Broker__Reloaded answer = VMSILO__BROKER__RELOADED__INIT;
	struct reload_report report = {0};
	struct error error = {0};

	(void)vm;
	(void)message;
	if (services->reload(services->data, &report, &error) < 0) {
		reload_report_finish(&report);
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST,
			"nothing has changed: %s", error.text);
		return;
	}
	_cleanup_free_ Vmsilo__Broker__Reloaded__Change **pointers =
		calloc(report.count + 1, sizeof(*pointers));
	for (size_t i = 0; pointers && i < report.count; i++)
		pointers[i] = &report.changes[i];
	answer.changes = pointers;
	answer.n_changes = pointers ? report.count : 0;
	answer.vms = (uint32_t)report.vms;
	client_answer(client, FRAME_RELOADED, &answer.base);
	reload_report_finish(&report);
}
