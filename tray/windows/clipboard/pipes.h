/* The desktop's end of a clipboard: pipes that other programs read from and write to, as slowly as
 * they like. */
#ifndef VMSILO_TRAY_WINDOWS_CLIPBOARD_PIPES_H
#define VMSILO_TRAY_WINDOWS_CLIPBOARD_PIPES_H

#include <uv.h>

#include "tray/windows/clipboard/blob.h"

#define PIPES_TIMEOUT_MS 5000 /* without a byte */
#define PIPES_WRITERS_MAX 16  /* at once; a further one gets nothing */

struct pipe_writers {
	uv_loop_t *loop;
	struct pipe_writer *first;
	unsigned int count;
};

/* Writes the blob to fd, which it takes. */
void pipe_write(struct pipe_writers *writers, int fd, struct blob *blob);
void pipe_writers_finish(struct pipe_writers *writers);

struct pipe_reader;
/* What came of it: 0; UV_E2BIG: more than most; UV_ETIMEDOUT; or another error. bytes are there
 * during the call. */
typedef void (*pipe_read_done)(void *data, int code, const uint8_t *bytes, size_t length);

/* Reads fd, which it takes, to its end. done is called once, from the loop, unless it is cancelled.
 */
int pipe_read(uv_loop_t *loop, int fd, size_t most, pipe_read_done done, void *data,
	struct pipe_reader **ret);
void pipe_read_cancel(struct pipe_reader *reader);

#endif
