/*
 * What a client asks to be run, as the agent takes it: checked, and made into a file and its
 * arguments.
 *
 * Covers: guest-agent/session/open-check.c guest-agent/program/command.c
 * Leaves out: users and the start of a program (unit/agent)
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/program/command.h"
#include "guest-agent/program/program.h"
#include "guest-agent/session/open-check.h"
#include "proto/wire/frame.h"
#include "proto/wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A service's file lies in the folder of services, and nothing else is run by a whole path but a
 * shell or ourselves. */
static void command_check(const Vmsilo__Session__Open *open, const struct command *command)
{
	if (open->service[0] && strncmp(command->file, "/nowhere/", 9) != 0 &&
		strcmp(command->file, "/proc/self/exe") != 0)
		abort();
	if (open->service[0] && strchr(open->service, '/'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct account account = {.shell = "/bin/sh"};
	const struct frame frame = {.type = FRAME_OPEN, .length = (uint32_t)size, .payload = data};
	ProtobufCMessage *message = size <= FRAME_OPEN_MAX ? message_unpack(&frame) : NULL;
	const Vmsilo__Session__Open *open = (const Vmsilo__Session__Open *)message;
	struct command command;
	char name[LOG_PROGRAM_MAX + 1];

	if (!message)
		return 0;
	if (!open_check(open)) {
		program_name(open, name, sizeof(name));
		if (command_make(open, &account, "/nowhere", false, &command) == 0)
			command_check(open, &command);
		command_finish(&command);
	}
	message_free(message);
	return 0;
}
