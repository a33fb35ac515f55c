/*
 * The guest's clipboard and the desktop's: two, until the user presses a chord in a window of the
 * VM or asks by the parent. Out: CLIPBOARD_GET, and what comes becomes the desktop's selection. In:
 * the desktop's selection is read and given to the guest. Both are made anew on the way.
 */
#ifndef VMSILO_TRAY_WINDOWS_CLIPBOARD_CLIPBOARD_H
#define VMSILO_TRAY_WINDOWS_CLIPBOARD_CLIPBOARD_H

#include "tray/windows/clipboard/parcel.h"
#include "tray/windows/clipboard/pipes.h"
#include "tray/windows/clipboard/source.h"
#include "tray/windows/window/view.h"

#define CLIPBOARD_ANSWER_MS 5000 /* for the guest to answer a GET */

struct clipboard_ops {
	/* A chord moved it; too_large: nothing, because it is more than may cross. */
	void (*on_crossed)(void *data, Vmsilo__Windows__ClipboardKind kind, uint64_t bytes,
		bool to_guest, bool too_large);
	/* The parent's GET is answered; blob: NULL for nothing; the owner holds it if it wants. */
	void (*on_answer)(void *data, uint32_t serial, Vmsilo__Windows__ClipboardKind kind,
		struct blob *blob, bool too_large);
};

enum clipboard_purpose {
	CLIPBOARD_IDLE,
	CLIPBOARD_FOR_DESKTOP,
	CLIPBOARD_FOR_PARENT,
	CLIPBOARD_FOR_NOBODY, /* it took too long; the answer may still come */
};

struct offer {
	struct wl_data_offer *offer;
	const char *text; /* MIME type to ask for; NULL: it has none */
	bool png;
};

struct clipboard {
	struct view *view;
	const struct clipboard_ops *ops;
	void *data;
	struct wl_data_device *device; /* NULL: no seat, or not offered */
	struct offer *selection;       /* the desktop's; NULL: there is none */
	/* Out. */
	enum clipboard_purpose purpose;
	uint32_t serial, asked, key_serial; /* the guest's, the parent's, the compositor's */
	struct bytes incoming;
	uv_timer_t timer;
	struct source source; /* what we gave the desktop, as long as nothing replaced it */
	struct blob *given;
	Vmsilo__Windows__ClipboardKind given_kind;
	struct pipe_writers writers;
	/* In. */
	struct pipe_reader *reader;
	Vmsilo__Windows__ClipboardKind reading;
	struct parcel parcel; /* to the guest */
	uint32_t sent;        /* serials of what was given to the guest */
};

int clipboard_init(struct clipboard *clipboard, struct view *view, const struct clipboard_ops *ops,
	void *data);
void clipboard_finish(struct clipboard *clipboard);
/* The chords. serial: of the key. */
void clipboard_copy(struct clipboard *clipboard, uint32_t serial);
void clipboard_paste(struct clipboard *clipboard);
/* The parent's. */
void clipboard_get(struct clipboard *clipboard, uint32_t serial);
void clipboard_set(struct clipboard *clipboard, Vmsilo__Windows__ClipboardKind kind,
	const uint8_t *bytes, size_t length);
/* The guest's answer, of which rules/ says that it may come. */
void clipboard_on_data(struct clipboard *clipboard, const Vmsilo__Windows__ClipboardData *message);
/* The stream takes more. */
void clipboard_on_drain(struct clipboard *clipboard);
/* The desktop's selection is another; takes offer. */
void clipboard_set_selection(struct clipboard *clipboard, struct offer *offer);
void offer_destroy(struct offer *offer);

#endif
