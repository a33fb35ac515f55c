#include "tray/windows/clipboard/clipboard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/wire/frame.h"

#define TEXT VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT
#define PNG VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG
#define NOTHING VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING

static size_t most(const struct clipboard *clipboard)
{
	return clipboard->view->guest.rules.limits.clipboard_bytes;
}

/* ---- the desktop's selection, of ours ---- */

static void given_forget(struct clipboard *clipboard)
{
	source_destroy(&clipboard->source);
	blob_release(clipboard->given);
	clipboard->given = NULL;
}

static void on_wanted(void *data, int fd)
{
	struct clipboard *clipboard = data;

	pipe_write(&clipboard->writers, fd, clipboard->given);
}

static void on_replaced(void *data)
{
	given_forget(data);
}

static const struct source_ops source_ops = {.on_wanted = on_wanted, .on_end = on_replaced};

/* Takes blob. */
static void desktop_give(
	struct clipboard *clipboard, Vmsilo__Windows__ClipboardKind kind, struct blob *blob)
{
	static const char *const text_types[] = {
		"text/plain;charset=utf-8", "text/plain", "UTF8_STRING", "TEXT", "STRING"};

	given_forget(clipboard);
	if (!clipboard->device) {
		blob_release(blob);
		return;
	}
	clipboard->given = blob;
	source_create(
		&clipboard->source, clipboard->view->desktop->data_devices, &source_ops, clipboard);
	if (kind == PNG)
		wl_data_source_offer(clipboard->source.handle, "image/png");
	for (size_t i = 0; kind == TEXT && i < sizeof(text_types) / sizeof(text_types[0]); i++)
		wl_data_source_offer(clipboard->source.handle, text_types[i]);
	wl_data_device_set_selection(
		clipboard->device, clipboard->source.handle, clipboard->key_serial);
	clipboard->ops->on_crossed(clipboard->data, kind, blob->length, false, false);
}

/* ---- out ---- */

static void out_end(struct clipboard *clipboard, Vmsilo__Windows__ClipboardKind kind,
	struct blob *blob, bool too_large)
{
	enum clipboard_purpose purpose = clipboard->purpose;

	clipboard->purpose = CLIPBOARD_IDLE;
	uv_timer_stop(&clipboard->timer);
	bytes_finish(&clipboard->incoming);
	if (purpose == CLIPBOARD_FOR_PARENT)
		clipboard->ops->on_answer(
			clipboard->data, clipboard->asked, blob ? kind : NOTHING, blob, too_large);
	if (purpose == CLIPBOARD_FOR_DESKTOP && blob)
		desktop_give(clipboard, kind, blob_hold(blob));
	if (purpose == CLIPBOARD_FOR_DESKTOP && too_large)
		clipboard->ops->on_crossed(clipboard->data, kind, 0, false, true);
	blob_release(blob);
}

void clipboard_on_data(struct clipboard *clipboard, const Vmsilo__Windows__ClipboardData *message)
{
	struct blob *blob = NULL;
	int code = 0;

	if (clipboard->purpose != CLIPBOARD_FOR_NOBODY)
		code = bytes_append(&clipboard->incoming, message->data.data, message->data.len);
	if (!message->last)
		return;
	if (code == 0 && !message->too_large)
		code = renew(message->kind, bytes_data(&clipboard->incoming),
			bytes_length(&clipboard->incoming), most(clipboard), &blob);
	out_end(clipboard, message->kind, blob, message->too_large || code == UV_E2BIG);
}

/* The answer may come late: until then nothing else is asked. */
static void on_timeout(uv_timer_t *timer)
{
	struct clipboard *clipboard = timer->data;

	out_end(clipboard, NOTHING, NULL, false);
	clipboard->purpose = CLIPBOARD_FOR_NOBODY;
}

static bool guest_ask(struct clipboard *clipboard, enum clipboard_purpose purpose)
{
	Vmsilo__Windows__ClipboardGet message = VMSILO__WINDOWS__CLIPBOARD_GET__INIT;

	if (clipboard->purpose != CLIPBOARD_IDLE || most(clipboard) == 0 ||
		!clipboard->view->guest.channel)
		return false;
	clipboard->purpose = purpose;
	if (++clipboard->serial == 0)
		clipboard->serial = 1;
	message.serial = clipboard->serial;
	rules_clipboard_asked(&clipboard->view->guest.rules, clipboard->serial);
	guest_send(&clipboard->view->guest, FRAME_WINDOWS_CLIPBOARD_GET, &message.base);
	uv_timer_start(&clipboard->timer, on_timeout, CLIPBOARD_ANSWER_MS, 0);
	return true;
}

void clipboard_copy(struct clipboard *clipboard, uint32_t serial)
{
	if (guest_ask(clipboard, CLIPBOARD_FOR_DESKTOP))
		clipboard->key_serial = serial;
}

void clipboard_get(struct clipboard *clipboard, uint32_t serial)
{
	if (guest_ask(clipboard, CLIPBOARD_FOR_PARENT))
		clipboard->asked = serial;
	else
		clipboard->ops->on_answer(clipboard->data, serial, NOTHING, NULL, false);
}

/* ---- in ---- */

/* Takes blob. */
static void guest_give(
	struct clipboard *clipboard, Vmsilo__Windows__ClipboardKind kind, struct blob *blob)
{
	struct channel *channel = clipboard->view->guest.channel;

	if (!channel) {
		blob_release(blob);
		return;
	}
	if (++clipboard->sent == 0)
		clipboard->sent = 1;
	parcel_send(&clipboard->parcel, channel, clipboard->sent, kind, blob);
}

static void on_read(void *data, int code, const uint8_t *bytes, size_t length)
{
	struct clipboard *clipboard = data;
	Vmsilo__Windows__ClipboardKind kind = clipboard->reading;
	struct blob *blob = NULL;

	clipboard->reader = NULL;
	if (code == 0)
		code = renew(kind, bytes, length, most(clipboard), &blob);
	if (code == UV_E2BIG)
		clipboard->ops->on_crossed(clipboard->data, kind, 0, true, true);
	if (!blob)
		return;
	clipboard->ops->on_crossed(clipboard->data, kind, blob->length, true, false);
	guest_give(clipboard, kind, blob);
}

static void offer_read(struct clipboard *clipboard, const char *type)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	wl_data_offer_receive(clipboard->selection->offer, type, fds[1]);
	close(fds[1]);
	if (pipe_read(clipboard->view->loop, fds[0], most(clipboard), on_read, clipboard,
		    &clipboard->reader) < 0)
		clipboard->reader = NULL;
}

void clipboard_paste(struct clipboard *clipboard)
{
	const struct offer *offer = clipboard->selection;

	if (!offer || clipboard->reader || most(clipboard) == 0 || (!offer->text && !offer->png))
		return;
	clipboard->reading = offer->text ? TEXT : PNG;
	offer_read(clipboard, offer->text ? offer->text : "image/png");
}

void clipboard_set(struct clipboard *clipboard, Vmsilo__Windows__ClipboardKind kind,
	const uint8_t *bytes, size_t length)
{
	struct blob *blob;

	if (renew(kind, bytes, length, most(clipboard), &blob) == 0 && blob)
		guest_give(clipboard, kind, blob);
}

void clipboard_on_drain(struct clipboard *clipboard)
{
	if (clipboard->view->guest.channel)
		parcel_continue(&clipboard->parcel, clipboard->view->guest.channel);
}

/* ---- life ---- */

void offer_destroy(struct offer *offer)
{
	if (!offer)
		return;
	wl_data_offer_destroy(offer->offer);
	free(offer);
}

void clipboard_set_selection(struct clipboard *clipboard, struct offer *offer)
{
	offer_destroy(clipboard->selection);
	clipboard->selection = offer;
}

int clipboard_init(
	struct clipboard *clipboard, struct view *view, const struct clipboard_ops *ops, void *data)
{
	*clipboard = (struct clipboard){.view = view, .ops = ops, .data = data};
	clipboard->writers.loop = view->loop;
	clipboard->timer.data = clipboard;
	return uv_timer_init(view->loop, &clipboard->timer);
}

void clipboard_finish(struct clipboard *clipboard)
{
	if (!clipboard->view)
		return;
	if (clipboard->reader)
		pipe_read_cancel(clipboard->reader);
	pipe_writers_finish(&clipboard->writers);
	parcel_finish(&clipboard->parcel);
	bytes_finish(&clipboard->incoming);
	clipboard_set_selection(clipboard, NULL);
	given_forget(clipboard);
	if (clipboard->timer.loop)
		uv_close((uv_handle_t *)&clipboard->timer, NULL);
}
