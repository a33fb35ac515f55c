/* Which of the types that a program offers may cross. Pure. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_POLICY_CLIP_KIND_H
#define VMSILO_TRAY_WINDOWS_GUEST_POLICY_CLIP_KIND_H

#include <stddef.h>

#include "proto/windows.pb-c.h"

/* Types that stand for text, the best first; NULL at the end. */
extern const char *const clip_text_types[];
#define CLIP_PNG_TYPE "image/png"

/* The one of the offered types to ask for, text before a picture, and what it is. NULL: none may
 * cross. */
const char *clip_kind_choose(
	char *const *offered, size_t count, Vmsilo__Windows__ClipboardKind *ret_kind);

#endif
