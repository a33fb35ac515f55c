/* What a guest's window is called on the desktop, and in which colours: nothing in a title can look
 * like another VM's label, or turn it around. Pure. */
#ifndef VMSILO_TRAY_WINDOWS_DRAW_LABEL_H
#define VMSILO_TRAY_WINDOWS_DRAW_LABEL_H

#include <stddef.h>

#include "proto/base/colour.h"
#include "proto/limits.h"

#define LABEL_SIZE (VM_NAME_MAX + WINDOWS_TITLE_MAX + 4)          /* "[VM] title" */
#define LABEL_APP_ID_SIZE (VM_NAME_MAX + WINDOWS_APP_ID_MAX + 16) /* "vmsilo.VM.app" */

/* The title alone: one line without controls, marks of direction and what cannot be seen. */
void label_title(char *out, size_t size, const char *untrusted_title);
void label_make(char *out, size_t size, const char *vm, const char *untrusted_title);
/* Letters, digits and -._ of it; others become '_'. */
void label_app_id(char *out, size_t size, const char *vm, const char *untrusted_app_id);

/* Black or white, whichever is read better on it (WCAG 2's contrast: at least 4.58 for any colour;
 * a threshold of brightness picks the worse of the two for 15 % of them). */
struct colour label_ink(struct colour ground);
/* WCAG 2's ratio of two colours, 1 to 21. */
double label_contrast(struct colour a, struct colour b);
/* The same colour as it is drawn in a window that has not the keyboard. */
struct colour label_dim(struct colour colour);

#endif
