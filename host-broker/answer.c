#include "host-broker/answer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "proto/text.h"

#define MONITOR_LINES_MAX 8
#define MONITOR_LINE_SIZE 256

static void lines_point(struct console_lines *lines, char **pointers)
{
	for (size_t i = 0; i < lines->count; i++)
		pointers[i] = lines->lines[i];
}

/* The last lines of text, escaped; returns how many. */
static size_t monitor_lines(
	const char *text, char lines[MONITOR_LINES_MAX][MONITOR_LINE_SIZE], char **pointers)
{
	size_t total = 0, count = 0;

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		total += strcspn(at, "\n") > 0;
	size_t skip = total > MONITOR_LINES_MAX ? total - MONITOR_LINES_MAX : 0;
	for (const char *at = text; *at; at += *at == '\n') {
		size_t length = strcspn(at, "\n");
		if (length > 0 && skip > 0) {
			skip--;
		} else if (length > 0) {
			text_escape(lines[count], MONITOR_LINE_SIZE, at, length);
			pointers[count] = lines[count];
			count++;
		}
		at += length;
	}
	return count;
}

int answer_failure(struct channel *channel, const struct failure *failure)
{
	Vmsilo__Broker__Failure answer = VMSILO__BROKER__FAILURE__INIT;
	char lines[MONITOR_LINES_MAX][MONITOR_LINE_SIZE];
	char *monitor[MONITOR_LINES_MAX], *console[CONSOLE_LINES_MAX];

	answer.code = failure->code;
	answer.text = (char *)failure->text;
	answer.monitor = monitor;
	answer.n_monitor = monitor_lines(failure->monitor, lines, monitor);
	if (failure->console) {
		for (size_t i = 0; i < failure->console->count; i++)
			console[i] = (char *)failure->console->lines[i];
		answer.console = console;
		answer.n_console = failure->console->count;
	}
	return channel_send(channel, FRAME_FAILURE, 0, &answer.base);
}

static void vm_describe(const struct vm *vm, Vmsilo__Broker__Vm *ret)
{
	const struct vm_config *config = vm_configuration(vm);
	struct vm_status status;

	vm_status(vm, &status);
	vmsilo__broker__vm__init(ret);
	ret->name = (char *)config->name;
	ret->state = (Vmsilo__Broker__VmState)status.state;
	ret->reason = (char *)status.reason;
	ret->monitor = (char *)config->monitor;
	ret->accel = (char *)status.accel;
	ret->monitor_pid = (uint32_t)status.monitor_pid;
	ret->memory_bytes = config->memory_bytes;
	ret->cpus = config->cpus;
	ret->sessions = status.sessions;
	ret->running_ms = status.running_ms;
	ret->color = (char *)config->color;
	ret->agent = (char *)status.agent;
	ret->adopted = status.adopted;
}

/* Vm.state is sent as the state machine's own number. */
_Static_assert((int)VM_STATE_STOPPED == VMSILO__BROKER__VM_STATE__VM_STOPPED &&
		       (int)VM_STATE_STARTING == VMSILO__BROKER__VM_STATE__VM_STARTING &&
		       (int)VM_STATE_RUNNING == VMSILO__BROKER__VM_STATE__VM_RUNNING &&
		       (int)VM_STATE_STOPPING == VMSILO__BROKER__VM_STATE__VM_STOPPING &&
		       (int)VM_STATE_FAILED == VMSILO__BROKER__VM_STATE__VM_FAILED,
	"enum vm_state is the protocol's VmState");

static int list_send(struct channel *channel, Vmsilo__Broker__Vm *vms, size_t count)
{
	Vmsilo__Broker__VmList list = VMSILO__BROKER__VM_LIST__INIT;
	_cleanup_free_ Vmsilo__Broker__Vm **pointers = calloc(count + 1, sizeof(*pointers));

	if (!pointers)
		return UV_ENOMEM;
	for (size_t i = 0; i < count; i++)
		pointers[i] = &vms[i];
	list.vms = pointers;
	list.n_vms = count;
	list.broker = "vmsilo-broker " VMSILO_VERSION;
	list.broker_pid = (uint32_t)getpid();
	return channel_send(channel, FRAME_VM_LIST, 0, &list.base);
}

static int list_one(struct channel *channel, const struct vm *vm)
{
	Vmsilo__Broker__Vm described;
	_cleanup_free_ struct console_lines *lines = calloc(1, sizeof(*lines));
	char *pointers[CONSOLE_LINES_MAX];

	if (!lines)
		return UV_ENOMEM;
	vm_describe(vm, &described);
	vm_console(vm, lines);
	lines_point(lines, pointers);
	described.console = pointers;
	described.n_console = lines->count;
	return list_send(channel, &described, 1);
}

int answer_list(struct channel *channel, const struct broker *broker, const struct vm *only)
{
	if (only)
		return list_one(channel, only);

	size_t count = broker_vms_count(broker);
	_cleanup_free_ Vmsilo__Broker__Vm *vms = calloc(count + 1, sizeof(*vms));
	if (!vms)
		return UV_ENOMEM;
	for (size_t i = 0; i < count; i++)
		vm_describe(broker_vm_at(broker, i), &vms[i]);
	return list_send(channel, vms, count);
}
