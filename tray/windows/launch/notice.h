/* Notifications of the desktop (org.freedesktop.Notifications) about a VM's windows. Without a
 * session bus, or a service there, nobody is told. */
#ifndef VMSILO_TRAY_WINDOWS_LAUNCH_NOTICE_H
#define VMSILO_TRAY_WINDOWS_LAUNCH_NOTICE_H

#include <uv.h>

#include "proto/desk.pb-c.h"
#include "proto/io/bus.h"

#define NOTICE_TEXT_SIZE 256

struct notice {
	uv_loop_t *loop;
	struct bus *bus; /* NULL: not yet, or none */
	uint32_t last;   /* the one about the clipboard, which the next replaces */
	DBusPendingCall *call;
};

void notice_init(struct notice *notice, uv_loop_t *loop);
void notice_finish(struct notice *notice);
/* summary, body: without markup. */
void notice_show(struct notice *notice, const char *summary, const char *body);
/* Pure: what the user is told of what crossed. */
void notice_crossed_text(const char *vm, const Vmsilo__Desk__Crossed *untrusted_crossed,
	char summary[NOTICE_TEXT_SIZE], char body[NOTICE_TEXT_SIZE]);

#endif
