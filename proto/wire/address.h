/*
 * Where a peer is: "vsock:CID:PORT" or "unix:PATH". Pure.
 *
 * A unix address is the base of the hybrid convention (cloud-hypervisor and Firecracker,
 * docs/vsock.md): a host that wants guest port N connects to PATH and sends "CONNECT N\n"; a guest
 * that wants host port N ends up at the socket PATH_N. An endpoint is the machine, without a port.
 */
#ifndef VMSILO_PROTO_WIRE_ADDRESS_H
#define VMSILO_PROTO_WIRE_ADDRESS_H

#include <stdint.h>
#include <sys/un.h>

enum endpoint_kind { ENDPOINT_VSOCK, ENDPOINT_UNIX };

struct endpoint {
	enum endpoint_kind kind;
	uint32_t cid;                                           /* ENDPOINT_VSOCK */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* ENDPOINT_UNIX: the base */
};

/* Of endpoint_format(). */
#define ENDPOINT_TEXT_SIZE \
	(sizeof("vsock:4294967295") + sizeof(((struct sockaddr_un *)0)->sun_path))

/* "vsock:CID", "vsock:any" or "unix:PATH". UV_EINVAL; UV_ENAMETOOLONG when PATH_4294967295 would
 * not fit. */
int endpoint_parse(const char *text, struct endpoint *ret);
void endpoint_format(const struct endpoint *endpoint, char *out, size_t size);
/* PATH_PORT. */
int endpoint_host_path(const struct endpoint *endpoint, uint32_t port, struct sockaddr_un *ret);

#endif
