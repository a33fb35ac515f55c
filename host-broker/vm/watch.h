/*
 * Who wants to know what happens to VMs, of all VMs of a broker: the balancer, the idle watch, the
 * event log and the like attach here, so that a VM knows none of them.
 */
#ifndef VMSILO_BROKER_VM_WATCH_H
#define VMSILO_BROKER_VM_WATCH_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <sys/queue.h>

struct usb_change;
struct vm;

enum vm_change {
	VM_CHANGE_STATE,      /* vm_state() */
	VM_CHANGE_AGENT,      /* its agent has connected */
	VM_CHANGE_AGENT_LOST, /* its channel ended */
	VM_CHANGE_SESSIONS,   /* the number of programs that run */
	VM_CHANGE_GRANTED,    /* a stream for a program was announced to its agent */
	VM_CHANGE_IDLE,       /* its coming end was announced, or withdrawn: idle_status() */
	VM_CHANGE_BALLOON,    /* vm_status.guest_bytes */
	VM_CHANGE_RESUMED,    /* the guest ran on after its monitor had stopped it */
	VM_CHANGE_REBOOT,     /* the guest rebooted: the run ends, and another begins */
	VM_CHANGE_CONFIG,     /* vm_configuration() says something else, or the VM is new */
	VM_CHANGE_REMOVED,    /* it is no longer configured, and is destroyed after this */
};

struct vm_watcher {
	TAILQ_ENTRY(vm_watcher) link; /* in vm_environment.watchers */
	/* It has happened already. Must not act on a VM from inside: set a timer of 0 ms for that.
	 * May be NULL. */
	void (*on_change)(void *data, struct vm *vm, enum vm_change change);
	/* The agent said something of types first_type to last_type (0, 0: none). A negative UV_E*
	 * ends its channel. */
	int (*on_message)(void *data, struct vm *vm, uint16_t type,
		const ProtobufCMessage *untrusted_message);
	uint16_t first_type;
	uint16_t last_type;
	/* Raw bytes that the guest printed on its console. May be NULL. */
	void (*on_console)(void *data, struct vm *vm, const char *bytes, size_t length);
	/* What is being done with it, in words for people. May be NULL. */
	void (*on_note)(void *data, struct vm *vm, const char *text);
	/* A USB device came to it or went, or the user is asked about one. May be NULL. */
	void (*on_usb)(void *data, struct vm *vm, const struct usb_change *change);
	void *data;
};

TAILQ_HEAD(vm_watchers, vm_watcher);

void vm_watchers_change(const struct vm_watchers *watchers, struct vm *vm, enum vm_change change);
/* UV_EPROTO when nobody takes this type. */
int vm_watchers_message(const struct vm_watchers *watchers, struct vm *vm, uint16_t type,
	const ProtobufCMessage *untrusted_message);
void vm_watchers_console(
	const struct vm_watchers *watchers, struct vm *vm, const char *bytes, size_t length);
void vm_watchers_note(const struct vm_watchers *watchers, struct vm *vm, const char *text);
void vm_watchers_usb(
	const struct vm_watchers *watchers, struct vm *vm, const struct usb_change *change);

#endif
