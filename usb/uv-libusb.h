/* libusb's descriptors on a libuv loop. libusb keeps its own time with a timerfd among them. */
#ifndef VMSILO_USB_UV_LIBUSB_H
#define VMSILO_USB_UV_LIBUSB_H

#include <libusb.h>
#include <uv.h>

struct uv_libusb;

/* Handles the context's events from now on. UV_ENOTSUP where libusb would need our own timers. */
int uv_libusb_create(uv_loop_t *loop, libusb_context *context, struct uv_libusb **ret);
/* Before libusb_exit(). The memory is freed when the loop has run out. */
void uv_libusb_destroy(struct uv_libusb *events);

#endif
