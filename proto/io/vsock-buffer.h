/*
 * How many bytes a vsock stream holds for its reader (vsock(7), SO_VM_SOCKETS_BUFFER_SIZE).
 *
 * Both ends of a stream that carries large pieces set it. The reader's is the credit that it gives,
 * but a sender has no more bytes under way than its own is wide either (seen with Linux 6.1.192).
 */
#ifndef VMSILO_PROTO_IO_VSOCK_BUFFER_H
#define VMSILO_PROTO_IO_VSOCK_BUFFER_H

#include <stddef.h>

/* Does nothing for a socket of another kind; one that keeps its buffer is merely slower. */
void vsock_buffer_set(int fd, size_t size);

#endif
