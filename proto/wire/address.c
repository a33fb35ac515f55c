#include "proto/wire/address.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

/* PATH_4294967295 */
#define SUFFIX_MAX 11

static int parse_cid(const char *text, uint32_t *ret)
{
	char *end;

	if (strcmp(text, "any") == 0) {
		*ret = VMADDR_CID_ANY;
		return 0;
	}
	if (text[0] < '0' || text[0] > '9')
		return UV_EINVAL;
	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	if (errno || *end || value >= VMADDR_CID_ANY)
		return UV_EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

int endpoint_parse(const char *text, struct endpoint *ret)
{
	struct endpoint endpoint = {0};

	if (strncmp(text, "vsock:", 6) == 0) {
		endpoint.kind = ENDPOINT_VSOCK;
		int code = parse_cid(text + 6, &endpoint.cid);
		if (code == 0)
			*ret = endpoint;
		return code;
	}
	if (strncmp(text, "unix:", 5) != 0 || text[5] == '\0')
		return UV_EINVAL;
	size_t length = strlen(text + 5);
	if (length + SUFFIX_MAX >= sizeof(endpoint.path))
		return UV_ENAMETOOLONG;
	endpoint.kind = ENDPOINT_UNIX;
	memcpy(endpoint.path, text + 5, length + 1);
	*ret = endpoint;
	return 0;
}

void endpoint_format(const struct endpoint *endpoint, char *out, size_t size)
{
	if (endpoint->kind == ENDPOINT_UNIX)
		snprintf(out, size, "unix:%s", endpoint->path);
	else if (endpoint->cid == VMADDR_CID_ANY)
		snprintf(out, size, "vsock:any");
	else
		snprintf(out, size, "vsock:%u", endpoint->cid);
}

int endpoint_host_path(const struct endpoint *endpoint, uint32_t port, struct sockaddr_un *ret)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	int length =
		snprintf(address.sun_path, sizeof(address.sun_path), "%s_%u", endpoint->path, port);
	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return UV_ENAMETOOLONG;
	*ret = address;
	return 0;
}
