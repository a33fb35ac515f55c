/*
 * The record of an image's programs, programs.json beside its other files, from which the host's
 * menu is made (tray/menu/record.h reads it):
 *
 *   {"format": 1, "programs": [{"id": "org.xfce.mousepad", "name": {"": "Mousepad", "de": ...},
 *     "argv": ["mousepad", "%U"], "terminal": false, "class": "", "mime": ["text/plain"],
 *     "icon": "iVBORw0..."}]}                        a PNG of at most 128 pixels a side, base64
 *
 * In the order of their IDs, so that the same image has the same record.
 */
#ifndef VMSILO_TRAY_PROGRAMS_RECORD_H
#define VMSILO_TRAY_PROGRAMS_RECORD_H

#include <jansson.h>

/* Of all programs of the image whose tree lies at root; the caller's. NULL: memory is short. */
json_t *record_make(const char *root);

#endif
