/* What the broker knows of its VMs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/client/client.h"
#include "host-broker/client/reason-message.h"
#include "host-broker/client/request.h"
#include "host-broker/idle/explain.h"
#include "host-broker/idle/idle.h"
#include "host-broker/setup/setup.h"
#include "host-broker/shares/part.h"
#include "host-broker/storage/status.h"
#include "host-broker/vm/table.h"
#include "host-broker/windows/desks.h"
#include "proto/base/cleanup.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"

static void lines_point(struct console_lines *lines, char **pointers)
{
	for (size_t i = 0; i < lines->count; i++)
		pointers[i] = lines->lines[i];
}

/* A VM, and the parts of it that are messages of their own. */
struct described {
	Vmsilo__Broker__Vm vm;
	Vmsilo__Broker__Tray tray;
	Vmsilo__Broker__Root root;
	Vmsilo__Broker__Windows windows;
	Vmsilo__Broker__Menu menu;
	char menu_folder[4096];
	const char *menu_all;
};

static void tray_describe(const struct tray_config *config, Vmsilo__Broker__Tray *ret)
{
	vmsilo__broker__tray__init(ret);
	ret->items = config->shown ? config->items : 0;
	ret->updates_per_second = config->updates_per_second;
	ret->notifications_per_minute =
		config->notifications ? config->notifications_per_minute : 0;
}

static void windows_describe(
	const struct client *client, const struct vm *vm, Vmsilo__Broker__Windows *ret)
{
	const struct windows_config *config = &vm_configuration(vm)->windows;
	const struct services *services = client_services(client);
	uid_t user = 0;

	vmsilo__broker__windows__init(ret);
	ret->shown = config->shown;
	ret->available = vm_agent_has(vm, FEATURE_WINDOWS);
	ret->count = config->count;
	ret->pixels = config->memory_bytes / 4;
	ret->clipboard_bytes = (uint32_t)config->clipboard_bytes;
	ret->copy = (char *)config->copy;
	ret->paste = (char *)config->paste;
	ret->bare_fullscreen = config->fullscreen == FULLSCREEN_BARE;
	ret->text_input = config->text_input;
	ret->drags = config->drags;
	ret->taken = desk_user(services->desks, vm, &user);
	ret->user = user;
	ret->open = idle_windows(services->idle, vm);
}

static void root_describe(const struct client *client, struct vm *vm, struct described *described)
{
	Vmsilo__Broker__Root *ret = &described->root;
	struct root_status status;

	storage_root_status(client_services(client)->environment, vm, &status);
	vmsilo__broker__root__init(ret);
	ret->layer = status.on_disk ? "disk" : "memory";
	ret->kept = status.kept;
	ret->generation = status.runs;
	ret->next_generation = status.starts;
	ret->held = status.held;
	described->vm.root = status.there ? ret : NULL;
}

/* Of an image with a root alone: another has no programs for a menu. */
static void menu_describe(const struct client *client, struct vm *vm, struct described *described)
{
	const struct vm_config *config = vm_configuration(vm);
	Vmsilo__Broker__Menu *ret = &described->menu;
	bool off = !config->windows.shown ||
		   (config->menu.count == 1 && strcmp(config->menu.items[0], "off") == 0);

	vmsilo__broker__menu__init(ret);
	if (off || !described->vm.root ||
		storage_image_folder(client_services(client)->environment, vm,
			described->root.next_generation, described->menu_folder,
			sizeof(described->menu_folder)) < 0)
		return;
	described->menu_all = "all";
	ret->folder = described->menu_folder;
	ret->programs = config->menu.count > 0 ? (char **)config->menu.items
					       : (char **)&described->menu_all;
	ret->n_programs = config->menu.count > 0 ? config->menu.count : 1;
	described->vm.menu = ret;
}

static void vm_describe(const struct client *client, struct vm *vm, struct described *described)
{
	Vmsilo__Broker__Vm *ret = &described->vm;
	const struct vm_config *config = vm_configuration(vm);
	struct vm_status status;
	struct idle_status idle;

	vm_status(vm, &status);
	idle_status(client_services(client)->idle, vm, &idle);
	vmsilo__broker__vm__init(ret);
	ret->name = (char *)config->name;
	ret->state = (Vmsilo__Broker__VmState)status.state;
	ret->reason = (char *)status.reason;
	ret->monitor = (char *)config->monitor;
	ret->accel = (char *)status.accel;
	ret->emulated = status.emulated;
	ret->monitor_pid = (uint32_t)status.monitor_pid;
	ret->memory_bytes = config->memory_bytes;
	ret->cpus = config->cpus;
	ret->sessions = status.sessions;
	ret->running_ms = status.running_ms;
	ret->color = (char *)config->color;
	ret->agent = (char *)status.agent;
	ret->adopted = status.adopted;
	tray_describe(&config->tray, &described->tray);
	ret->tray = &described->tray;
	ret->tray_items = idle_count(client_services(client)->idle, vm, REASON_TRAY);
	windows_describe(client, vm, &described->windows);
	ret->windows = &described->windows;
	ret->stalled = (char *)storage_stall_text(status.stall);
	root_describe(client, vm, described);
	menu_describe(client, vm, described);
	ret->failures = status.failures;
	ret->retry_at_ms = status.retry_at_ms;
	ret->setting_up = setups_is_busy(client_services(client)->setups, vm);
	ret->idle_since_ms = idle.since_ms;
	ret->stop_at_ms = idle.stop_at_ms;
	ret->pause_at_ms = idle.pause_at_ms;
}

/* Vm.state is sent as the state machine's own number. */
_Static_assert((int)VM_STATE_STOPPED == VMSILO__BROKER__VM_STATE__VM_STOPPED &&
		       (int)VM_STATE_STARTING == VMSILO__BROKER__VM_STATE__VM_STARTING &&
		       (int)VM_STATE_RUNNING == VMSILO__BROKER__VM_STATE__VM_RUNNING &&
		       (int)VM_STATE_STOPPING == VMSILO__BROKER__VM_STATE__VM_STOPPING &&
		       (int)VM_STATE_FAILED == VMSILO__BROKER__VM_STATE__VM_FAILED &&
		       (int)VM_STATE_PAUSED == VMSILO__BROKER__VM_STATE__VM_PAUSED,
	"enum vm_state is the protocol's VmState");

static void list_send(struct client *client, struct described *vms, size_t count)
{
	Vmsilo__Broker__VmList list = VMSILO__BROKER__VM_LIST__INIT;
	_cleanup_free_ Vmsilo__Broker__Vm **pointers = calloc(count + 1, sizeof(*pointers));

	if (!pointers) {
		client_drop(client);
		return;
	}
	for (size_t i = 0; i < count; i++)
		pointers[i] = &vms[i].vm;
	list.vms = pointers;
	list.n_vms = count;
	list.broker = "vmsilo-broker " VMSILO_VERSION;
	list.broker_pid = (uint32_t)getpid();
	client_answer(client, FRAME_VM_LIST, &list.base);
}

/* What only the status of a single VM has. */
struct closer_look {
	struct console_lines lines;
	char *pointers[CONSOLE_LINES_MAX];
	struct reasons reasons;
	struct reason_messages messages;
	char *problems[SETUP_PROBLEMS_MAX];
	Vmsilo__Broker__Share shares[SHARES_MAX], *share_pointers[SHARES_MAX];
};

static void shares_fill(const struct vm *vm, struct closer_look *look, Vmsilo__Broker__Vm *ret)
{
	const struct share_configs *shares = &vm_configuration(vm)->shares;
	char tag[SHARE_TAG_SIZE];

	for (size_t i = 0; i < shares->count; i++) {
		Vmsilo__Broker__Share *share = look->share_pointers[i] = &look->shares[i];
		vmsilo__broker__share__init(share);
		share_tag(i, tag);
		share->path = (char *)shares->items[i].path;
		share->mount = (char *)shares->items[i].mount;
		share->read_only = shares->items[i].read_only;
		share->lost = vm_part_lost(vm, tag);
	}
	ret->shares = look->share_pointers;
	ret->n_shares = shares->count;
}

static void problems_fill(
	const struct setup_problems *problems, struct closer_look *look, Vmsilo__Broker__Vm *ret)
{
	for (size_t i = 0; i < problems->count; i++)
		look->problems[i] = (char *)problems->texts[i];
	ret->problems = look->problems;
	ret->n_problems = problems->count;
}

static void list_one(struct client *client, struct vm *vm)
{
	const struct services *services = client_services(client);
	_cleanup_free_ struct closer_look *look = calloc(1, sizeof(*look));
	struct described described;

	if (!look) {
		client_drop(client);
		return;
	}
	vm_describe(client, vm, &described);
	vm_console(vm, &look->lines);
	lines_point(&look->lines, look->pointers);
	described.vm.console = look->pointers;
	described.vm.n_console = look->lines.count;
	vm_explain(services->why, services->idle, vm, &look->reasons);
	reason_messages_fill(&look->messages, &look->reasons);
	described.vm.why = look->messages.pointers;
	described.vm.n_why = look->reasons.count;
	shares_fill(vm, look, &described.vm);
	problems_fill(setups_problems(services->setups, vm), look, &described.vm);
	list_send(client, &described, 1);
}

static void list_all(struct client *client)
{
	const struct services *services = client_services(client);
	size_t count = vm_table_count(services->vms);
	_cleanup_free_ struct described *vms = calloc(count + 1, sizeof(*vms));

	if (!vms) {
		client_drop(client);
		return;
	}
	size_t seen = 0;
	for (size_t i = 0; i < count; i++)
		if (client_may(client, vm_table_at(services->vms, i), ACCESS_USE))
			vm_describe(client, vm_table_at(services->vms, i), &vms[seen++]);
	list_send(client, vms, seen);
}

void request_list(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	struct vm *only = vm ? vm : client_only(client);

	(void)message;
	if (only)
		list_one(client, only);
	else
		list_all(client);
}
