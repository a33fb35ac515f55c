#include "host-broker/cli/session/open.h"

#include <string.h>

#include "host-broker/cli/session/terminal.h"
#include "proto/session.pb-c.h"

static ProtobufCBinaryData text_bytes(const char *text)
{
	return (ProtobufCBinaryData){.data = (uint8_t *)text, .len = strlen(text)};
}

int session_open_send(struct channel *channel, const struct session_request *request)
{
	Vmsilo__Session__Open open = VMSILO__SESSION__OPEN__INIT;
	Vmsilo__Session__Terminal terminal;
	ProtobufCBinaryData argv[SESSION_ARGC_MAX], env[SESSION_ENVC_MAX];

	for (; request->argv[open.n_argv]; open.n_argv++) {
		if (open.n_argv == SESSION_ARGC_MAX)
			return UV_E2BIG;
		argv[open.n_argv] = text_bytes(request->argv[open.n_argv]);
	}
	for (; request->env && open.n_env < request->env->count; open.n_env++)
		env[open.n_env] = text_bytes(request->env->items[open.n_env]);
	open.argv = argv;
	open.env = env;
	open.cwd = text_bytes(request->workdir ? request->workdir : "");
	open.service = (char *)(request->service ? request->service : "");
	open.login = !open.service[0] && open.n_argv == 0;
	open.detach = request->detach;
	open.display = request->display;
	if (request->terminal) {
		terminal_describe(&terminal);
		open.terminal = &terminal;
	}
	return channel_send(channel, FRAME_OPEN, 0, &open.base);
}
