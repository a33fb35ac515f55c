#include "host-broker/guest-log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/vm.h"
#include "proto/frame.h"
#include "proto/rate.h"

struct guest_log_vm {
	TAILQ_ENTRY(guest_log_vm) link; /* in guest_log.vms */
	const struct vm *vm;
	struct rate rate;
	uint32_t dropped;
};

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
		snprintf(rest, sizeof(rest), "[%u] runs", pid);
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

static struct guest_log_vm *vm_find(struct guest_log *log, const struct vm *vm)
{
	struct guest_log_vm *entry;

	TAILQ_FOREACH(entry, &log->vms, link)
	if (entry->vm == vm)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->vm = vm;
	rate_init(
		&entry->rate, GUEST_LOG_LINES_PER_SECOND, GUEST_LOG_LINES_BURST, uv_now(log->loop));
	TAILQ_INSERT_TAIL(&log->vms, entry, link);
	return entry;
}

static void vm_forget(struct guest_log *log, struct guest_log_vm *entry)
{
	TAILQ_REMOVE(&log->vms, entry, link);
	free(entry);
}

static void say(struct guest_log *log, const struct vm *vm, const char *text, int length)
{
	journal_add(
		log->journal, vm_configuration(vm)->name, GUEST_LOG_SOURCE, text, (size_t)length);
}

/* An agent that is ours sends less. */
static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	char line[GUEST_LOG_TEXT_MAX];
	struct guest_log *log = data;
	struct guest_log_vm *entry = vm_find(log, vm);
	int length = guest_log_format((const Vmsilo__Control__Log *)untrusted_message, line);

	(void)type;
	if (length < 0 || !entry)
		return length < 0 ? length : UV_ENOMEM;
	if (!rate_take(&entry->rate, 1, uv_now(log->loop))) {
		entry->dropped++;
		return 0;
	}
	if (entry->dropped > 0) {
		char text[64];
		say(log, vm, text,
			snprintf(text, sizeof(text), "%u lines more dropped", entry->dropped));
	}
	entry->dropped = 0;
	say(log, vm, line, length);
	return 0;
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct guest_log *log = data;
	struct guest_log_vm *entry;

	if (change != VM_CHANGE_STATE || vm_state(vm) == VM_STATE_RUNNING ||
		vm_state(vm) == VM_STATE_STOPPING)
		return;
	TAILQ_FOREACH(entry, &log->vms, link)
	if (entry->vm == vm) {
		vm_forget(log, entry);
		return;
	}
}

void guest_log_init(struct guest_log *log, uv_loop_t *loop, struct journal *journal,
	struct vm_watchers *watchers)
{
	*log = (struct guest_log){
		.loop = loop,
		.journal = journal,
		.watcher = {.on_change = on_change,
			.on_message = on_message,
			.first_type = FRAME_LOG,
			.last_type = FRAME_LOG,
			.data = log},
	};
	TAILQ_INIT(&log->vms);
	TAILQ_INSERT_TAIL(watchers, &log->watcher, link);
}

void guest_log_finish(struct guest_log *log, struct vm_watchers *watchers)
{
	struct guest_log_vm *entry;

	TAILQ_REMOVE(watchers, &log->watcher, link);
	while ((entry = TAILQ_FIRST(&log->vms)))
		vm_forget(log, entry);
}
