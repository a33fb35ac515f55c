#include "proto/io/vsock-buffer.h"

#include <linux/vm_sockets.h>
#include <stdint.h>
#include <sys/socket.h>

void vsock_buffer_set(int fd, size_t size)
{
	uint64_t value = size;

	setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &value, sizeof(value));
	setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &value, sizeof(value));
}
