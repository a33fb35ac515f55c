#include "host-broker/cli/base/ask.h"

#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "proto/wire/message.h"

int ask(bool start, uint16_t type, const ProtobufCMessage *request, uint16_t wanted,
	struct broker_answer *ret)
{
	struct error error = {0};
	struct paths paths;

	if (paths_choose(&paths, &error) < 0 ||
		broker_ask(&paths, start, type, request, ret, &error) < 0)
		return report_error(&error);
	if (ret->type == wanted)
		return 0;
	int exit_code = ret->type == FRAME_FAILURE
				? report_failure((const Vmsilo__Broker__Failure *)ret->message)
				: report_unexpected("");
	message_free(ret->message);
	return exit_code;
}

int ask_done(bool start, uint16_t type, const ProtobufCMessage *request)
{
	struct broker_answer answer = {0};
	int exit_code = ask(start, type, request, FRAME_DONE, &answer);

	if (exit_code == 0)
		message_free(answer.message);
	return exit_code;
}
