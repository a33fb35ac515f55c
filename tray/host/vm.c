#include "tray/host/vm.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/base/log.h"
#include "proto/io/closer.h"

#define LIVED_MS 10000 /* a stream that lived so long was a good one: the next is tried soon */

enum vm_phase { VM_WAITING, VM_OPENING, VM_CONNECTED, VM_REFUSED };

struct host_vm {
	enum vm_phase phase;
	char name[VM_NAME_MAX + 1];
	struct tray_settings settings;
	struct host_service *service;
	const struct host_source *source;
	struct host_peer *peer;
	uint64_t retry_ms;
	uint64_t connected_ms;
	struct closer closer;
	uv_timer_t timer;
};

static void on_timer(uv_timer_t *timer)
{
	struct host_vm *vm = timer->data;

	vm->phase = VM_OPENING;
	vm->source->open(vm->source->data, vm);
}

static void vm_wait(struct host_vm *vm)
{
	vm->phase = VM_WAITING;
	uv_timer_start(&vm->timer, on_timer, vm->retry_ms, 0);
	vm->retry_ms = vm->retry_ms * 2 < RETRY_LAST_MS ? vm->retry_ms * 2 : RETRY_LAST_MS;
}

static void items_tell(struct host_vm *vm, size_t count)
{
	if (vm->source->on_items)
		vm->source->on_items(vm->source->data, vm, count);
}

static void on_gone(void *data, bool violated)
{
	struct host_vm *vm = data;

	host_peer_destroy(vm->peer);
	vm->peer = NULL;
	items_tell(vm, 0);
	if (violated) {
		vm->phase = VM_REFUSED;
		return;
	}
	if (uv_now(vm->timer.loop) - vm->connected_ms >= LIVED_MS)
		vm->retry_ms = RETRY_FIRST_MS;
	vm_wait(vm);
}

static void on_items(void *data, size_t count)
{
	items_tell(data, count);
}

static void on_use(void *data)
{
	struct host_vm *vm = data;

	if (vm->source->on_use)
		vm->source->on_use(vm->source->data, vm);
}

static const struct host_peer_ops peer_ops = {
	.on_gone = on_gone, .on_items = on_items, .on_use = on_use};

void host_vm_opened(struct host_vm *vm, int fd, const struct token *token)
{
	int code = host_peer_create(vm->timer.loop, vm->service, vm->name, &vm->settings, fd, token,
		&peer_ops, vm, &vm->peer);

	if (code < 0) {
		log_error(vm->name, "no tray: %s", uv_strerror(code));
		vm_wait(vm);
		return;
	}
	vm->phase = VM_CONNECTED;
	vm->connected_ms = uv_now(vm->timer.loop);
}

void host_vm_failed(struct host_vm *vm)
{
	vm_wait(vm);
}

static void vm_free(void *data)
{
	free(data);
}

int host_vm_create(uv_loop_t *loop, struct host_service *service, const char *name,
	const struct tray_settings *settings, const struct host_source *source,
	struct host_vm **ret)
{
	struct host_vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return UV_ENOMEM;
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->settings = *settings;
	vm->service = service;
	vm->source = source;
	vm->retry_ms = RETRY_FIRST_MS;
	closer_init(&vm->closer, vm_free, vm);
	uv_timer_init(loop, &vm->timer);
	vm->timer.data = vm;
	closer_add(&vm->closer);
	uv_timer_start(&vm->timer, on_timer, 0, 0);
	*ret = vm;
	return 0;
}

void host_vm_destroy(struct host_vm *vm)
{
	if (vm->phase == VM_OPENING)
		vm->source->cancel(vm->source->data, vm);
	if (vm->peer)
		host_peer_destroy(vm->peer);
	closer_close(&vm->closer, (uv_handle_t *)&vm->timer);
	closer_finish(&vm->closer);
}

const char *host_vm_name(const struct host_vm *vm)
{
	return vm->name;
}

void host_vm_settings(struct host_vm *vm)
{
	if (vm->peer)
		host_peer_settings(vm->peer);
}

void host_vm_signal(struct host_vm *vm, DBusMessage *signal)
{
	if (vm->peer)
		host_peer_signal(vm->peer, signal);
}
