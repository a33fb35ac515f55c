#include "host-broker/cli/ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/exit-codes.h"
#include "host-broker/cli/report.h"
#include "proto/message.h"

/* Where nothing is said, the machine's broker serves those who have not configured their own. */
static bool wants_system(const struct paths *user)
{
	struct paths system;
	char path[PATH_SIZE];

	if (user && access(user->config, F_OK) == 0)
		return false;
	return paths_get(true, NULL, &system, NULL) == 0 &&
	       paths_runtime(&system, NULL, "broker.socket", path) && access(path, F_OK) == 0;
}

int ask_paths(struct paths *ret, struct error *error)
{
	const char *which = getenv("VMSILO_BROKER");
	struct paths_environment environment;

	if (!which)
		which = "";
	if (strcmp(which, "system") != 0 && strcmp(which, "user") != 0 && which[0])
		return error_set(
			error, UV_EINVAL, "VMSILO_BROKER is '%s'; expected system or user", which);
	paths_environment_get(&environment);
	if (strcmp(which, "system") == 0)
		return paths_get(true, &environment, ret, error);
	int code = paths_get(false, &environment, ret, error);
	if (!which[0] && wants_system(code == 0 ? ret : NULL))
		return paths_get(true, &environment, ret, error);
	return code;
}

int ask(bool start, uint16_t type, const ProtobufCMessage *request, uint16_t wanted,
	struct broker_answer *ret)
{
	struct error error = {0};
	struct paths paths;

	if (ask_paths(&paths, &error) < 0 ||
		broker_ask(&paths, start, type, request, ret, &error) < 0)
		return report_error(&error);
	if (ret->type == wanted)
		return 0;
	int exit_code = ret->type == FRAME_FAILURE
				? report_failure((const Vmsilo__Broker__Failure *)ret->message)
				: EXIT_VMSILO;
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
