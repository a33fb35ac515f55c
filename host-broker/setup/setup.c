#include "host-broker/setup/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/setup/message.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"

/* What is known of one VM: its slot. */
struct setup {
	unsigned int awaited; /* answers */
	uint8_t *told;        /* the last SETUP, packed; NULL: none to this agent */
	size_t told_length;
	struct setup_problems problems;
};

struct setups {
	struct vm_environment *environment;
	struct vm_watcher watcher;
};

static struct setup *setup_of(const struct setups *setups, const struct vm *vm)
{
	return vm_slot(vm, &setups->watcher);
}

/* The agent is gone, and what it was told with it. */
static void setup_forget(struct setup *setup)
{
	free(setup->told);
	setup->told = NULL;
	setup->awaited = 0;
}

/* NULL: memory is short. */
static uint8_t *message_pack(const struct vm *vm, size_t *ret_length, struct setup_message *message)
{
	struct setup_host host;

	setup_host_read(HOST_ETC, setup_host_environment(), &host);
	setup_message_make(vm_configuration(vm), vm_ran(vm), &host, HOST_ZONES, message);
	*ret_length = protobuf_c_message_get_packed_size(&message->setup.base);
	uint8_t *packed = malloc(*ret_length + 1);
	if (packed)
		protobuf_c_message_pack(&message->setup.base, packed);
	return packed;
}

/* again: also when it is what the agent was told last. */
static void setup_tell(struct setups *setups, struct vm *vm, bool again)
{
	struct setup *setup = setup_of(setups, vm);
	_cleanup_free_ struct setup_message *message = calloc(1, sizeof(*message));
	size_t length;

	if (!message || !vm_agent_has(vm, FEATURE_SETUP))
		return;
	_cleanup_free_ uint8_t *packed = message_pack(vm, &length, message);
	bool same = packed && setup->told && length == setup->told_length &&
		    memcmp(packed, setup->told, length) == 0;
	if (!packed || (same && !again) || vm_tell(vm, FRAME_SETUP, &message->setup.base) < 0)
		return;
	free(setup->told);
	setup->told = steal_pointer(&packed);
	setup->told_length = length;
	setup->awaited++;
}

/* ---- what the agent says ---- */

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	struct setups *setups = data;
	struct setup *setup = setup_of(setups, vm);
	const Vmsilo__Control__SetupDone *untrusted_done =
		(const Vmsilo__Control__SetupDone *)untrusted_message;

	(void)type;
	if (setup->awaited == 0)
		return UV_EPROTO;
	setup->awaited--;
	return setup_problems_take(&setup->problems, setups->environment->watchers, vm,
		untrusted_done->problems, untrusted_done->n_problems);
}

/* ---- what happens to a VM ---- */

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct setup *setup = setup_of(data, vm);

	if (change == VM_CHANGE_AGENT) {
		setup_forget(setup);
		setup_tell(data, vm, false);
	} else if (change == VM_CHANGE_AGENT_LOST) {
		setup_forget(setup);
	} else if (change == VM_CHANGE_CONFIG) {
		setup_tell(data, vm, false);
	} else if (change == VM_CHANGE_DISK) {
		setups_tell(data, vm);
	}
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct setup *setup = setup_of(data, vm);

	(void)from;
	if (!vm_is_off(vm))
		return;
	setup_forget(setup);
	setup->problems.count = 0;
}

static void on_end(void *data, struct vm *vm)
{
	setup_forget(setup_of(data, vm));
}

void setups_tell(struct setups *setups, struct vm *vm)
{
	setup_tell(setups, vm, true);
}

bool setups_is_busy(const struct setups *setups, const struct vm *vm)
{
	return setup_of(setups, vm)->awaited > 0;
}

const struct setup_problems *setups_problems(const struct setups *setups, const struct vm *vm)
{
	return &setup_of(setups, vm)->problems;
}

int setups_create(struct vm_environment *environment, struct setups **ret)
{
	struct setups *setups = calloc(1, sizeof(*setups));

	if (!setups)
		return UV_ENOMEM;
	setups->environment = environment;
	setups->watcher = (struct vm_watcher){
		.slot_size = sizeof(struct setup),
		.on_end = on_end,
		.on_state = on_state,
		.on_change = on_change,
		.on_message = on_message,
		.first_type = FRAME_SETUP_DONE,
		.last_type = FRAME_SETUP_DONE,
		.data = setups,
	};
	*ret = setups;
	return vm_watchers_add(environment->watchers, &setups->watcher);
}

void setups_destroy(struct setups *setups)
{
	free(setups);
}
