/*
 * The stream from the guest: HELLO, then its messages, each judged by rules/ before anything is
 * made of it. What is about windows and their pixels is done here; the rest goes to the owner.
 *
 *   GREETING --HELLO--> OPEN --violation, end, error--> (on_end)
 */
#ifndef VMSILO_TRAY_WINDOWS_HOST_STREAM_H
#define VMSILO_TRAY_WINDOWS_HOST_STREAM_H

#include "proto/wire/token.h"
#include "tray/windows/window/view.h"

#define STREAM_GREETING_MS 10000 /* for the agent, and the guest's windows behind it, to answer */

struct stream;

struct stream_ops {
	/* The guest has answered: what is to be told first. */
	void (*on_open)(void *data);
	/* A message that is about input, the clipboard or the user's desktop; it is allowed. */
	void (*on_message)(void *data, uint16_t type, const ProtobufCMessage *message);
	/* The guest reads again what was queued for it. */
	void (*on_drain)(void *data);
	/* It is over. code: 0 at its end, UV_EPROTO for a violation; why: for a person, or NULL. */
	void (*on_end)(void *data, int code, const char *why);
};

/* Takes fd, also when it fails. token: for HELLO; NULL. What view->guest.rules allows is limits. */
int stream_create(struct view *view, int fd, const struct token *token,
	const struct rules_limits *limits, const struct stream_ops *ops, void *data,
	struct stream **ret);
void stream_destroy(struct stream *stream);
/* The compositor reads again. */
void stream_flushed(struct stream *stream);
bool stream_is_open(const struct stream *stream);

#endif
