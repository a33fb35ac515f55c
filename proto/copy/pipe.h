/*
 * Records of a copy over two descriptors, blocking: no loop, since the programs that copy do
 * nothing else. What is put waits in a buffer; while it is written, records that come meanwhile are
 * read and handed on, so that two ends that both write never wait for each other.
 */
#ifndef VMSILO_PROTO_COPY_PIPE_H
#define VMSILO_PROTO_COPY_PIPE_H

#include <sys/types.h>

#include "proto/base/bytes.h"
#include "proto/copy/record.h"

struct copy_pipe {
	int in_fd; /* both borrowed; out_fd is made non-blocking, SIGPIPE is the caller's to ignore
		    */
	int out_fd;
	struct bytes in;
	struct bytes out;
	size_t consumed; /* of the record that was handed out last */
	/* A record that came while we wrote. Returns 0, or a negative code that ends the writing.
	 * NULL: nothing is read then. */
	int (*on_record)(void *data, const struct copy_record *untrusted_record);
	void *data;
};

void copy_pipe_init(struct copy_pipe *pipe, int in_fd, int out_fd);
void copy_pipe_finish(struct copy_pipe *pipe);

/* Queues a record and writes when much is queued. */
int copy_pipe_put(struct copy_pipe *pipe, const struct copy_record *record);
/* Writes a DATA record with what fd has at, of which the kernel may move the pages instead of
 * copying them. length is at most COPY_DATA_MAX. UV_ENXIO when fd has less by now: then the
 * record has zeros in its place, so that another can follow. */
int copy_pipe_put_file(struct copy_pipe *pipe, int fd, off_t at, size_t length);
/* Queues a DATA record with what one read(2) of fd gives. Returns its length; 0 at the end; or what
 * read(2) said. */
ssize_t copy_pipe_put_read(struct copy_pipe *pipe, int fd);
int copy_pipe_flush(struct copy_pipe *pipe);

/* Waits for the next record, which is valid until the next call. 0; UV_EOF at the end, also in the
 * middle of a record; UV_EPROTO; or what read(2) said. */
int copy_pipe_next(struct copy_pipe *pipe, struct copy_record *ret_untrusted);

#endif
