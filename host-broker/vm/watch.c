#include "host-broker/vm/watch.h"

#include <uv.h>

void vm_watchers_change(const struct vm_watchers *watchers, struct vm *vm, enum vm_change change)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH(watcher, watchers, link)
	if (watcher->on_change)
		watcher->on_change(watcher->data, vm, change);
}

int vm_watchers_message(const struct vm_watchers *watchers, struct vm *vm, uint16_t type,
	const ProtobufCMessage *untrusted_message)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH(watcher, watchers, link)
	if (watcher->on_message && type >= watcher->first_type && type <= watcher->last_type)
		return watcher->on_message(watcher->data, vm, type, untrusted_message);
	return UV_EPROTO;
}

void vm_watchers_console(
	const struct vm_watchers *watchers, struct vm *vm, const char *bytes, size_t length)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH(watcher, watchers, link)
	if (watcher->on_console)
		watcher->on_console(watcher->data, vm, bytes, length);
}

void vm_watchers_note(const struct vm_watchers *watchers, struct vm *vm, const char *text)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH(watcher, watchers, link)
	if (watcher->on_note)
		watcher->on_note(watcher->data, vm, text);
}

void vm_watchers_usb(
	const struct vm_watchers *watchers, struct vm *vm, const struct usb_change *change)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH(watcher, watchers, link)
	if (watcher->on_usb)
		watcher->on_usb(watcher->data, vm, change);
}
