/*
 * One running VM: gets its stream, keeps it, and gets it again when it ends.
 *
 *   WAITING --timer--> OPENING --stream--> CONNECTED --end--> WAITING
 *                         | failed             | violation
 *                         +--> WAITING         +--> REFUSED, until the VM is started anew
 */
#ifndef VMSILO_TRAY_HOST_VM_H
#define VMSILO_TRAY_HOST_VM_H

#include "tray/host/peer.h"

#define RETRY_FIRST_MS 200
#define RETRY_LAST_MS 30000

struct host_vm;

/* Where streams come from. */
struct host_source {
	/* Begins to open the VM's stream; host_vm_opened() or host_vm_failed() follows, from inside
	 * perhaps. */
	void (*open)(void *data, struct host_vm *vm);
	/* Ends that without either. */
	void (*cancel)(void *data, struct host_vm *vm);
	/* So many items are shown. May be NULL. */
	void (*on_items)(void *data, struct host_vm *vm, size_t count);
	/* The user does something with what it shows. May be NULL. */
	void (*on_use)(void *data, struct host_vm *vm);
	void *data;
};

int host_vm_create(uv_loop_t *loop, struct host_service *service, const char *name,
	const struct tray_settings *settings, const struct host_source *source,
	struct host_vm **ret);
void host_vm_destroy(struct host_vm *vm);

const char *host_vm_name(const struct host_vm *vm);
/* Takes fd; token may be NULL. */
void host_vm_opened(struct host_vm *vm, int fd, const struct token *token);
void host_vm_failed(struct host_vm *vm);

void host_vm_settings(struct host_vm *vm);
void host_vm_signal(struct host_vm *vm, DBusMessage *signal);

#endif
