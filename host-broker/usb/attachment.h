/*
 * One device lent to one VM: its node and a stream to the guest go to a vmsilo-usb-server of its
 * own, and the guest's agent gives its end of the stream to the guest's kernel.
 *
 *   DIALLING --stream--> STARTING --agent: USB_ATTACHED--> ATTACHED --attachment_detach()--> ENDING
 *       `------ failed -----+--------- failed -----> ENDING              the server ends: on_gone
 *
 * Whatever happens, the end is the end of the server's process: then the device is the host's
 * again. Each way is bounded: ATTACHMENT_TIMEOUT_MS up, as long down.
 */
#ifndef VMSILO_BROKER_USB_ATTACHMENT_H
#define VMSILO_BROKER_USB_ATTACHMENT_H

#include <protobuf-c/protobuf-c.h>
#include <uv.h>

#include "host-broker/config/usb-info.h"
#include "host-broker/system/process.h"
#include "host-broker/vm/vm.h"
#include "proto/base/error.h"

#define ATTACHMENT_TIMEOUT_MS 5000

enum attachment_phase {
	ATTACHMENT_DIALLING,
	ATTACHMENT_STARTING,
	ATTACHMENT_ATTACHED,
	ATTACHMENT_ENDING,
};

struct attachment;

struct attachment_callbacks {
	void (*on_attached)(void *data, struct attachment *attachment);
	/* The device is the host's again. error: why it could not be attached, or why it went; code
	 * 0 when it was asked for, UV_ENODEV when the device was unplugged or comes back as
	 * another. The attachment is to be destroyed now or later. */
	void (*on_gone)(void *data, struct attachment *attachment, const struct error *error);
};

struct attachment_options {
	uv_loop_t *loop;
	const char *server; /* program */
	struct vm *vm;
	const struct usb_info *info; /* copied */
	uint32_t id;                 /* the agent's name for it */
	const struct attachment_callbacks *callbacks;
	void *data;
};

/* Opens the device's node at once, and says why when that cannot be; the rest follows. No callback
 * comes from inside. */
int attachment_create(
	const struct attachment_options *options, struct attachment **ret, struct error *error);
/* One that an earlier broker made, whose server runs still. UV_ESRCH when it does not. */
int attachment_adopt(const struct attachment_options *options, struct process_id server,
	struct attachment **ret);
/* Off the guest's bus, then back to the host. Nothing happens to one that ends already. */
void attachment_detach(struct attachment *attachment);
/* Lets go of it: a server that runs is left running. No callback comes after it. */
void attachment_destroy(struct attachment *attachment);

/* The agent said something of the device with this id. */
void attachment_on_attached(
	struct attachment *attachment, uint32_t port, const char *untrusted_error);
void attachment_on_detached(struct attachment *attachment);

const struct usb_info *attachment_info(const struct attachment *attachment);
struct vm *attachment_vm(const struct attachment *attachment);
uint32_t attachment_id(const struct attachment *attachment);
enum attachment_phase attachment_phase(const struct attachment *attachment);
/* The server's; pid 0 while there is none. */
struct process_id attachment_process(const struct attachment *attachment);

#endif
