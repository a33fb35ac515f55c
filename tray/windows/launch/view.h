/*
 * vmsilo-windows-view: the process that shows the windows of one stream. It meets the guest's
 * bytes, so what it says is believed no more than they are: bounded, checked, and its end if it is
 * none of what it may say.
 */
#ifndef VMSILO_TRAY_WINDOWS_LAUNCH_VIEW_H
#define VMSILO_TRAY_WINDOWS_LAUNCH_VIEW_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <uv.h>

#include "proto/desk.pb-c.h"

enum view_end {
	VIEW_ENDED = 0, /* the stream ended */
	VIEW_FAILED = 1,
	VIEW_VIOLATION = 3, /* the guest broke the protocol */
	VIEW_DESKTOP = 4,   /* the compositor went */
	VIEW_REFUSED = 5,   /* it did not like what the view asked of it */
};

struct view_ops {
	/* DESK_COUNTS, DESK_WINDOWS, DESK_CROSSED, DESK_USE, DESK_VIOLATION, and
	 * WINDOWS_CLIPBOARD_DATA. */
	void (*on_message)(void *data, uint16_t type, const ProtobufCMessage *untrusted_message);
	/* It has ended; the owner calls view_destroy(). */
	void (*on_end)(void *data, enum view_end end);
};

struct view_options {
	const char *program;
	const char *vm;
	const char *log_level; /* NULL: as it likes */
	int stream_fd;         /* borrowed, likewise below */
	int wayland_fd;        /* connected to the compositor */
	int shared_fd;         /* -1: none */
	const Vmsilo__Desk__Settings *settings;
};

struct view;

int view_create(uv_loop_t *loop, const struct view_options *options, const struct view_ops *ops,
	void *data, struct view **ret);
/* Ends it, if it has not ended. No callback comes after it. */
void view_destroy(struct view *view);
/* Queues a frame to it; UV_ENOBUFS when it does not read. */
int view_send(struct view *view, uint16_t type, const ProtobufCMessage *message);

#endif
