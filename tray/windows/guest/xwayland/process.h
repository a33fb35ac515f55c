/*
 * One process of Xwayland, and the descriptors that it begins with. Nothing that it is asked hangs
 * when it ends: all descriptors that lead to it are its own.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_PROCESS_H
#define VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define XWAYLAND_TERMINATE_S 10 /* after its last program */

struct xwayland_process_ops {
	/* It answers X11 programs. */
	void (*on_ready)(void *data);
	/* It is no more; it may be started again. */
	void (*on_end)(void *data, int64_t exit_status, int signal);
};

/* The other ends of what it begins with; what is not -1 is closed by xwayland_process_finish(). */
struct xwayland_fds {
	int wayland;
	int manager; /* of X11: the window manager's */
	int program; /* of X11: a connection as any program's */
};

struct xwayland_process {
	uv_loop_t *loop;
	const struct xwayland_process_ops *ops;
	void *data;
	struct xwayland_fds fds;
	uv_process_t process;
	uv_poll_t poll; /* of what it writes once it is ready */
	int ready;
	unsigned int open; /* handles */
	bool runs;
	int64_t exit_status;
	int signal;
};

void xwayland_process_init(struct xwayland_process *process, uv_loop_t *loop,
	const struct xwayland_process_ops *ops, void *data);
/* display: as ":0"; doors: two sockets that programs connect to. An error: on_end does not come. */
int xwayland_process_start(struct xwayland_process *process, const char *display, const int *doors);
void xwayland_process_kill(struct xwayland_process *process, int signal);
/* Without on_end. Its descriptors are closed, by which it ends. */
void xwayland_process_finish(struct xwayland_process *process);
/* Gives one of its descriptors away. */
int xwayland_process_take(int *fd);

#endif
