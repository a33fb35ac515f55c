/*
 * What may come when on a windows stream, of which window, and how much of it: every frame of the
 * guest is asked about here before anything is made of it, and what is not allowed ends the stream.
 * The host's end uses it; the fuzz target and the tests are others. Pure.
 *
 *   (unknown) --TOPLEVEL, POPUP--> ANNOUNCED --the host's CONFIGURE, POPUP_PLACE, POPUP_DONE-->
 *   CONFIGURED --FRAME--> BUILDING --FRAME_END--> CONFIGURED
 *   ANNOUNCED, CONFIGURED --GONE--> (unknown; its number does not come again)
 */
#ifndef VMSILO_TRAY_WINDOWS_RULES_RULES_H
#define VMSILO_TRAY_WINDOWS_RULES_RULES_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/limits.h"
#include "tray/windows/rules/cover.h"

enum window_phase {
	WINDOW_FREE, /* no window is in this place */
	WINDOW_ANNOUNCED,
	WINDOW_CONFIGURED,
	WINDOW_BUILDING,
};

/* As Settings says them to the guest. */
struct rules_limits {
	uint32_t windows;
	uint64_t pixels;
	uint64_t shared;
	uint32_t clipboard_bytes;
};

struct rules_window {
	uint32_t id;
	enum window_phase phase;
	bool popup;
	uint32_t parent;        /* 0: none */
	uint32_t serial;        /* the last that the host gave it */
	uint32_t obeyed;        /* by its last frame */
	unsigned int frames;    /* that wait for FRAME_DONE */
	uint32_t width, height; /* of its last frame; 0: it had none */
	bool shared;            /* that lay in the shared region, where nobody reads it */
};

struct rules_building {
	struct rules_window *window; /* NULL: none is being built */
	uint32_t width, height;
	uint32_t pieces;
	uint64_t work; /* pixels of these */
	uint32_t owed; /* bytes of PIXELS for the RECT before */
	bool anew;     /* there is no picture of this size to change: all of it must come */
	struct cover cover;
};

struct rules {
	struct rules_limits limits;
	struct rules_window windows[WINDOWS_MAX];
	uint32_t count;
	uint32_t highest; /* number of a window so far */
	uint64_t pixels;  /* of all frames */
	struct rules_building building;
	struct {
		uint32_t serial; /* that is awaited; 0: none */
		uint32_t kind;
		uint64_t bytes;
		bool begun;
	} clipboard;
};

void rules_init(struct rules *rules, const struct rules_limits *limits);
void rules_finish(struct rules *rules);

/* A frame of the guest's with a message. 0; UV_EPROTO and a sentence: the stream ends; UV_ENOMEM.
 * After 0 the state is the one behind the message. */
int rules_message(struct rules *rules, uint16_t type, const ProtobufCMessage *untrusted_message,
	struct error *error);
/* PIXELS of so many bytes. Likewise. */
int rules_pixels(struct rules *rules, uint32_t untrusted_length, struct error *error);

/* What the host has said; a window that it does not know any more is passed over. */
void rules_configured(struct rules *rules, uint32_t window, uint32_t serial);
void rules_frames_done(struct rules *rules, uint32_t window, unsigned int frames);
/* CLIPBOARD_GET with this serial (not 0): its answer may come. */
void rules_clipboard_asked(struct rules *rules, uint32_t serial);

/* NULL: there is none of this number. */
const struct rules_window *rules_window(const struct rules *rules, uint32_t window);

#endif
