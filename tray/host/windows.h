/*
 * Of VMs that run and have windows that no desktop shows, vmsilo-windows is started: what programs
 * opened before the user logged in, or while vmsilo-windows was away, appears. Only in a Wayland
 * session.
 */
#ifndef VMSILO_TRAY_HOST_WINDOWS_H
#define VMSILO_TRAY_HOST_WINDOWS_H

#include <sys/queue.h>
#include <uv.h>

#include "proto/broker.pb-c.h"

struct host_window;
TAILQ_HEAD(host_window_list, host_window);

struct host_windows {
	uv_loop_t *loop;
	const char *broker;           /* the path of its socket */
	struct host_window_list list; /* that run */
};

void host_windows_init(struct host_windows *windows, uv_loop_t *loop, const char *broker);
void host_windows_see(struct host_windows *windows, const Vmsilo__Broker__VmList *list);
/* What runs is left to itself. */
void host_windows_finish(struct host_windows *windows);

#endif
