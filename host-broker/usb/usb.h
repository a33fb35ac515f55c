/*
 * The devices that are lent to VMs: which VM has which, and whoever waits for one of them. What is
 * lent is recorded, so that the next broker finds it again.
 */
#ifndef VMSILO_BROKER_USB_USB_H
#define VMSILO_BROKER_USB_USB_H

#include <stddef.h>
#include <uv.h>

#include "host-broker/usb/attachment.h"
#include "host-broker/usb/device-list.h"
#include "host-broker/usb/watch.h"
#include "host-broker/vm/watch.h"
#include "proto/host/paths.h"

#define USB_LENT_MAX 128 /* devices, of all VMs */

struct idle;
struct usb;
struct vm_table;

struct usb_options {
	uv_loop_t *loop;
	const struct vm_table *vms;
	const struct paths *paths;
	const char *server;              /* program */
	const char *sys;                 /* where devices are listed */
	struct vm_watchers *vm_watchers; /* where it watches its VMs */
	struct idle *idle; /* an attached device keeps its VM from stopping by itself */
};

/* Whom the fate of one attachment is told; called once or twice, and not after on_gone. Each may
 * be NULL. */
struct usb_listener {
	void (*on_attached)(void *data);
	/* As attachment_callbacks.on_gone. */
	void (*on_gone)(void *data, const struct error *error);
	/* The broker ends, and neither of the two is called any more. */
	void (*on_dropped)(void *data);
	void *data;
};

/* Pointers are borrowed for life. */
int usb_create(const struct usb_options *options, struct usb **ret);
/* Finds the devices that an earlier broker lent to the VMs that are there. */
void usb_adopt(struct usb *usb);
/* Servers that run are left running, for the next broker. After the VMs have ended. */
void usb_destroy(struct usb *usb);
/* Tells of what comes and goes. Borrowed for life. */
void usb_watch(struct usb *usb, struct usb_watcher *watcher);
const struct usb_watchers *usb_watchers(const struct usb *usb);

const struct vm_table *usb_vms(const struct usb *usb);
uv_loop_t *usb_loop(const struct usb *usb);
/* The host's devices now. The caller finishes it. */
int usb_devices(const struct usb *usb, struct usb_list *ret);

/* Lends it, without asking whether that is right. listener may be NULL. A sentence in error when it
 * cannot even be begun. */
int usb_lend(struct usb *usb, struct vm *vm, const struct usb_info *info,
	const struct usb_listener *listener, struct error *error);
/* Takes back one that is attached. */
void usb_take_back(
	struct usb *usb, struct attachment *attachment, const struct usb_listener *listener);
/* Nobody is told any more. */
void usb_forget(struct usb *usb, const void *listener_data);

/* What is lent of that path; NULL: nothing. */
struct attachment *usb_find(const struct usb *usb, const char *path);
struct attachment *usb_at(const struct usb *usb, size_t index);
size_t usb_count(const struct usb *usb);
/* How many a VM has. */
size_t usb_count_of(const struct usb *usb, const struct vm *vm);

#endif
