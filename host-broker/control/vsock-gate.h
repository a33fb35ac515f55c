/*
 * Where agents come to that dial by the kernel's vsock: one port for all VMs of a broker, since the
 * kernel's vsock has one number space a machine. It tells them apart by the CID that the kernel
 * says the peer has, which no guest can choose; any other CID is turned away.
 */
#ifndef VMSILO_BROKER_CONTROL_VSOCK_GATE_H
#define VMSILO_BROKER_CONTROL_VSOCK_GATE_H

#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "proto/io/listen.h"

/* A VM's entry, in its owner's memory. */
struct vsock_gate_entry {
	LIST_ENTRY(vsock_gate_entry) link; /* in vsock_gate.entries */
	uint32_t cid;
	listen_cb on_accept;
	void *data;
};

struct vsock_gate {
	uv_loop_t *loop;
	struct listener *listener; /* while there are entries */
	LIST_HEAD(vsock_gate_list, vsock_gate_entry) entries;
};

void vsock_gate_init(struct vsock_gate *gate, uv_loop_t *loop);
/* entry: cid, on_accept and data are filled in. A negative UV_E* when the port cannot be had:
 * UV_EADDRINUSE where another broker of this machine listens there. */
int vsock_gate_add(struct vsock_gate *gate, struct vsock_gate_entry *entry);
void vsock_gate_remove(struct vsock_gate *gate, struct vsock_gate_entry *entry);

#endif
