#include "host-broker/cli/base/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "proto/base/cleanup.h"
#include "proto/wire/message.h"

int ask_once(bool start, uint16_t type, const ProtobufCMessage *request, uint16_t wanted,
	struct broker_answer *ret)
{
	struct error error = {0};
	struct paths paths;

	if (paths_choose(&paths, &error) < 0 ||
		broker_ask(&paths, start, type, request, ret, &error) < 0)
		return report_error(&error);
	if (ret->type == wanted || ret->type == FRAME_FAILURE)
		return 0;
	message_free(ret->message);
	return report_unexpected("");
}

int ask(bool start, uint16_t type, const ProtobufCMessage *request, uint16_t wanted,
	struct broker_answer *ret)
{
	int exit_code = ask_once(start, type, request, wanted, ret);

	if (exit_code != 0 || ret->type == wanted)
		return exit_code;
	exit_code = report_failure((const Vmsilo__Broker__Failure *)ret->message);
	message_free(ret->message);
	return exit_code;
}

int ask_done(bool start, uint16_t type, const ProtobufCMessage *request)
{
	struct broker_answer answer = {0};
	int exit_code = ask(start, type, request, FRAME_DONE, &answer);

	if (exit_code != 0)
		return exit_code;
	const Vmsilo__Broker__Done *done = (const Vmsilo__Broker__Done *)answer.message;
	if (done && done->note && done->note[0])
		report_note(done->note);
	message_free(answer.message);
	return 0;
}

int ask_known(const char *vm)
{
	Vmsilo__Broker__List list = VMSILO__BROKER__LIST__INIT;
	struct broker_answer answer = {0};

	list.vm = (char *)vm;
	int exit_code = ask(true, FRAME_LIST, &list.base, FRAME_VM_LIST, &answer);
	if (exit_code == 0)
		message_free(answer.message);
	return exit_code;
}

/* ---- several at a time ---- */

static pid_t one_start(ask_vm_cb ask_vm, void *data, const char *vm)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(ask_vm(data, vm));
	return pid;
}

static int one_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_VMSILO;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_VMSILO;
}

static size_t count_of(char *const *vms)
{
	size_t count = 0;

	while (vms[count])
		count++;
	return count;
}

/* One for which there is no process is asked for here. */
int ask_each(char *const *vms, ask_vm_cb ask_vm, void *data, int *ret_codes)
{
	size_t count = count_of(vms);
	_cleanup_free_ pid_t *pids = calloc(count + 1, sizeof(*pids));
	int first = 0;

	for (size_t i = 0; pids && count > 1 && i < count; i++)
		pids[i] = one_start(ask_vm, data, vms[i]);
	for (size_t i = 0; i < count; i++) {
		int code = pids && pids[i] > 0 ? one_wait(pids[i]) : ask_vm(data, vms[i]);
		if (ret_codes)
			ret_codes[i] = code;
		first = first ? first : code;
	}
	return first;
}
