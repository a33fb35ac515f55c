/*
 * What may cross between a VM and the desktop is made anew: text keeps its characters but no
 * controls, so that no terminal takes a part of it for something to do; a picture is decoded and
 * encoded, so that nothing but its pixels crosses. In the sandbox.
 */
#ifndef VMSILO_TRAY_WINDOWS_CLIPBOARD_RENEW_H
#define VMSILO_TRAY_WINDOWS_CLIPBOARD_RENEW_H

#include "proto/windows.pb-c.h"
#include "tray/windows/clipboard/blob.h"

#define RENEW_PIXELS_MAX (16 << 20) /* of a picture: two screens of 3840x2160 */

/* *ret: NULL for a kind of nothing. UV_EINVAL: it is no such thing; UV_E2BIG: a picture of more
 * pixels, or what became of it is longer than most; UV_ENOMEM. */
int renew(Vmsilo__Windows__ClipboardKind kind, const uint8_t *untrusted_bytes, size_t length,
	size_t most, struct blob **ret);

#endif
