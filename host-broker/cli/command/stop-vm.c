#include "host-broker/cli/command/stop-vm.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "proto/wire/message.h"

static bool is_in_use(const struct broker_answer *answer)
{
	return answer->type == FRAME_FAILURE &&
	       ((const Vmsilo__Broker__Failure *)answer->message)->code ==
		       VMSILO__BROKER__FAILURE__CODE__IN_USE;
}

int ask_unless_in_use(uint16_t type, const ProtobufCMessage *request)
{
	struct broker_answer answer;
	int exit_code = ask_once(true, type, request, FRAME_DONE, &answer);

	if (exit_code != 0)
		return exit_code;
	if (is_in_use(&answer))
		exit_code = ASK_IN_USE;
	else if (answer.type == FRAME_FAILURE)
		exit_code = report_failure((const Vmsilo__Broker__Failure *)answer.message);
	message_free(answer.message);
	return exit_code;
}

int stop_vm_try(const Vmsilo__Broker__StopVm *request)
{
	return ask_unless_in_use(FRAME_STOP_VM, &request->base);
}

/* ---- the question ---- */

/* Those whom the user may know. */
static void clients_print(const Vmsilo__Broker__NetworkList *list, const char *name)
{
	size_t count = list->n_vms > 0 ? list->vms[0]->n_clients : 0;

	fputs(count == 0 ? "Other VMs use" : count == 1 ? "VM " : "VMs ", stderr);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s%s", i == 0 ? "" : ", ", list->vms[0]->clients[i]);
	fprintf(stderr, "%s the network of \"%s\". Stop it all the same? [y/N] ",
		count == 0   ? ""
		: count == 1 ? " uses"
			     : " use",
		name);
	fflush(stderr);
}

static bool is_yes(void)
{
	int first = getchar();

	for (int byte = first; byte != '\n' && byte != EOF; byte = getchar())
		;
	return first == 'y' || first == 'Y';
}

/* Returns an exit code; 0: yes. */
static int user_ask(const char *name)
{
	Vmsilo__Broker__Networks request = VMSILO__BROKER__NETWORKS__INIT;
	struct broker_answer answer;

	request.vm = (char *)name;
	int exit_code = ask(true, FRAME_NETWORKS, &request.base, FRAME_NETWORK_LIST, &answer);
	if (exit_code != 0)
		return exit_code;
	clients_print((const Vmsilo__Broker__NetworkList *)answer.message, name);
	message_free(answer.message);
	return is_yes() ? 0 : EXIT_VMSILO;
}

int stop_vm(const Vmsilo__Broker__StopVm *request)
{
	bool asks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	Vmsilo__Broker__StopVm again = *request;

	if (!asks)
		return ask_done(true, FRAME_STOP_VM, &request->base);
	int exit_code = stop_vm_try(request);
	if (exit_code != ASK_IN_USE)
		return exit_code;
	exit_code = user_ask(request->vm);
	again.ignore_clients = true;
	return exit_code == 0 ? ask_done(true, FRAME_STOP_VM, &again.base) : exit_code;
}
