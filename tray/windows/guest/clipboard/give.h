/* What the host gave becomes the guest's clipboard. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_CLIPBOARD_GIVE_H
#define VMSILO_TRAY_WINDOWS_GUEST_CLIPBOARD_GIVE_H

#include "proto/windows.pb-c.h"

struct server;

#define CLIP_GIVE_MS 10000  /* for a program to read it */
#define CLIP_READERS_MAX 16 /* at once; more get nothing */

/* Takes bytes, which may be NULL. Nothing empties the clipboard. */
void clip_give(
	struct server *server, Vmsilo__Windows__ClipboardKind kind, uint8_t *bytes, size_t length);

#endif
