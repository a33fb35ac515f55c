/*
 * The bounds of the guest's messages, field by field, whatever window they are about: numbers in
 * their ranges, texts well-formed and not too long, pictures as large as they say. What is about
 * the state of a window is in rules.h. Pure.
 */
#ifndef VMSILO_TRAY_WINDOWS_RULES_CHECK_H
#define VMSILO_TRAY_WINDOWS_RULES_CHECK_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "proto/base/error.h"

#define CURSOR_SHAPE_MAX 36       /* wp_cursor_shape_device_v1, version 2 */
#define TEXT_PURPOSE_MAX 13       /* zwp_text_input_v3.content_purpose */
#define TEXT_HINT_MAX 0x3ff       /* content_hint */
#define POPUP_ADJUSTMENT_MAX 0x3f /* xdg_positioner.constraint_adjustment */

/* 0, or UV_EPROTO and a sentence: "a cursor of 300x10 pixels". type: of the guest's. */
int check_message(uint16_t type, const ProtobufCMessage *untrusted_message, struct error *error);

#endif
