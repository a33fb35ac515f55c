/*
 * The clients attached to a VM's serial console: any number of readers, one of which may type. The
 * monitor has one console socket and the broker keeps what was printed, so a reader gets a socket
 * pair's end and the broker writes to the other: what was printed before, then what is printed. A
 * reader that does not keep up misses some; nobody waits for it.
 *
 *   READING --VM ends--> ENDING --all is written, or the reader goes--> (freed)
 */
#ifndef VMSILO_BROKER_JOURNAL_CONSOLES_H
#define VMSILO_BROKER_JOURNAL_CONSOLES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

#include "host-broker/system/console-ring.h"
#include "host-broker/vm/watch.h"

#define CONSOLE_READERS_MAX 40     /* of one broker, */
#define CONSOLE_READERS_SHARED 32  /* of those of all users whose broker it is not, */
#define CONSOLE_READERS_OF_USER 16 /* and of one of them */
#define CONSOLE_READER_QUEUE (CONSOLE_RING_SIZE + 262144) /* bytes; above it some are left out */

struct consoles;

/* Watches; both are borrowed for life. */
int consoles_create(uv_loop_t *loop, struct vm_watchers *watchers, struct consoles **ret);
/* After the VMs have ended. */
void consoles_destroy(struct consoles *consoles);

struct console_attach {
	bool watch; /* does not want to type */
	bool take;  /* types in another's place */
	uid_t uid;
	bool owner; /* it is the user's broker */
};
struct console_attached {
	int fd;        /* the reader's end, the caller's */
	size_t replay; /* bytes that come first */
	bool may_write;
};
/* UV_ENOBUFS at the bound. */
int consoles_attach(struct consoles *consoles, struct vm *vm, const struct console_attach *options,
	struct console_attached *ret);

#endif
