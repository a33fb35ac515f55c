/*
 * The VMs of a broker, the socket that stands for each, and the configurations that they go by.
 *
 * A VM that leaves the configuration goes on until it stops, and is not seen after that. Its memory
 * stays, since others may hold it, and serves a VM of that name that comes later.
 */
#ifndef VMSILO_BROKER_VM_TABLE_H
#define VMSILO_BROKER_VM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "host-broker/config/restart.h"
#include "host-broker/vm/launch.h"
#include "host-broker/vm/vm.h"
#include "proto/io/socket.h"

struct vm_table;

struct vm_table_options {
	struct vm_environment *environment; /* borrowed for life, likewise config */
	const struct config *config;
	/* A client has come to the VM's command.socket; fd is the callee's. False: it was sent
	 * away. */
	bool (*on_accept)(void *data, struct vm *vm, int fd, const struct socket_peer *peer);
	/* A VM that is off is to be started, and paused once it is up, when its turn comes. */
	void (*on_autostart_paused)(void *data, struct vm *vm);
	void *data;
};

/* It has no VM yet. */
int vm_table_create(const struct vm_table_options *options, struct vm_table **ret);
/* Makes the configured VMs, of which the environment's watchers hear, and listens for each. The
 * table watches as well, from here on: nobody can be added after it. */
int vm_table_open(struct vm_table *table, struct error *error);
/* Finds the VMs that an earlier broker left running, configured or not. */
void vm_table_adopt(struct vm_table *table);
/* Starts those that say so. */
void vm_table_autostart(struct vm_table *table);
/* At the bound of clients: later ones wait. */
void vm_table_pause(struct vm_table *table, bool pause);
/* Whether a client has connected and was not accepted yet; whether a VM runs, or is on its way;
 * whether one says that it is to be started with the broker. */
bool vm_table_waits(const struct vm_table *table);
bool vm_table_runs(const struct vm_table *table);
bool vm_table_autostarts(const struct vm_table *table);
/* No client comes any more; sockets and the folders of VMs that do not run are removed. */
void vm_table_close(struct vm_table *table);
/* The VMs end for who watches them, at once. on_gone when their memory is free, which is the
 * table's end as well; at once when there is none. Processes run on. */
void vm_table_destroy(struct vm_table *table, void (*on_gone)(void *data), void *data);

struct vm *vm_table_find(const struct vm_table *table, const char *name);
size_t vm_table_count(const struct vm_table *table);
struct vm *vm_table_at(const struct vm_table *table, size_t index);

enum reload_kind {
	RELOAD_ADDED,
	RELOAD_REMOVED,
	RELOAD_LEAVING, /* runs, and is gone when it has stopped */
	RELOAD_CHANGED,
	RELOAD_RESTART, /* what the difference's restart says waits for the next start */
};
/* vm and difference (NULL but for the last two kinds) are valid during the call. */
typedef void (*reload_cb)(void *data, const struct vm *vm, enum reload_kind kind,
	const struct config_difference *difference);
/* Goes by config from now on, which is the table's own then; nothing is changed when it fails. */
int vm_table_reload(struct vm_table *table, struct config *config, reload_cb on_change, void *data,
	struct error *error);

#endif
