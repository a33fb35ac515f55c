#include "host-broker/control/vsock-gate.h"

#include <unistd.h>

#include "proto/base/log.h"
#include "proto/limits.h"
#include "proto/wire/address.h"

void vsock_gate_init(struct vsock_gate *gate, uv_loop_t *loop)
{
	*gate = (struct vsock_gate){.loop = loop};
	LIST_INIT(&gate->entries);
}

static void on_accept(void *data, int fd, uint16_t port, uint32_t peer_cid)
{
	const struct vsock_gate *gate = data;
	const struct vsock_gate_entry *entry;

	LIST_FOREACH (entry, &gate->entries, link)
		if (entry->cid == peer_cid) {
			entry->on_accept(entry->data, fd, port, peer_cid);
			return;
		}
	log_debug(NULL,
		"refused a stream from CID %u, which does not belong to a VM of this broker",
		peer_cid);
	close(fd);
}

int vsock_gate_add(struct vsock_gate *gate, struct vsock_gate_entry *entry)
{
	static const uint16_t port = PORT_CONTROL;
	const struct endpoint endpoint = {.kind = ENDPOINT_VSOCK};
	int code = 0;

	if (!gate->listener)
		code = listen_create(gate->loop, &endpoint, &port, 1, LISTEN_HOST, on_accept, gate,
			&gate->listener);
	if (code == 0)
		LIST_INSERT_HEAD(&gate->entries, entry, link);
	return code;
}

void vsock_gate_remove(struct vsock_gate *gate, struct vsock_gate_entry *entry)
{
	LIST_REMOVE(entry, link);
	if (!LIST_EMPTY(&gate->entries))
		return;
	listen_destroy(gate->listener);
	gate->listener = NULL;
}
