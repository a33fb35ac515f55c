#include "host-broker/journal/guest-log.h"

#include <stdio.h>
#include <string.h>

#include "host-broker/journal/line.h"
#include "host-broker/vm/vm.h"
#include "proto/wire/frame.h"

static size_t append(char *out, size_t used, const void *bytes, size_t length)
{
	if (length > 0)
		memcpy(out + used, bytes, length);
	return used + length;
}

int guest_log_format(const Vmsilo__Control__Log *untrusted_message, char out[GUEST_LOG_TEXT_MAX])
{
	const ProtobufCBinaryData *program = &untrusted_message->program;
	const ProtobufCBinaryData *text = &untrusted_message->text;
	unsigned int pid = untrusted_message->pid, number = untrusted_message->number;
	bool has_text = false;
	char rest[64];

	if (program->len > LOG_PROGRAM_MAX || text->len > LOG_LINE_MAX)
		return UV_EPROTO;
	switch (untrusted_message->kind) {
	case VMSILO__CONTROL__LOG__KIND__OUTPUT:
		snprintf(rest, sizeof(rest), "[%u]: ", pid);
		has_text = true;
		break;
	case VMSILO__CONTROL__LOG__KIND__STARTED:
		snprintf(rest, sizeof(rest), "[%u] started", pid);
		break;
	case VMSILO__CONTROL__LOG__KIND__EXITED:
		snprintf(rest, sizeof(rest), "[%u] exited with %u", pid, number);
		break;
	case VMSILO__CONTROL__LOG__KIND__SIGNALLED:
		snprintf(rest, sizeof(rest), "[%u] was killed by signal %u", pid, number);
		break;
	case VMSILO__CONTROL__LOG__KIND__DROPPED:
		return snprintf(out, GUEST_LOG_TEXT_MAX, "%u lines dropped", number);
	default:
		return UV_EPROTO;
	}
	size_t used = append(out, 0, program->data, program->len);
	used = append(out, used, rest, strlen(rest));
	if (has_text)
		used = append(out, used, text->data, text->len);
	return (int)used;
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	char line[GUEST_LOG_TEXT_MAX];
	struct guest_log *log = data;
	int length = guest_log_format((const Vmsilo__Control__Log *)untrusted_message, line);

	(void)type;
	if (length < 0)
		return length;
	journal_add_guest(log->journal, vm_configuration(vm)->name, JOURNAL_SOURCE_PROGRAM, line,
		(size_t)length);
	return 0;
}

int guest_log_init(struct guest_log *log, struct journal *journal, struct vm_watchers *watchers)
{
	*log = (struct guest_log){
		.journal = journal,
		.watcher = {.on_message = on_message,
			.first_type = FRAME_LOG,
			.last_type = FRAME_LOG,
			.data = log},
	};
	return vm_watchers_add(watchers, &log->watcher);
}
