/*
 * The broker's side of one VM: whether it runs, how its windows are to be, their stream, that they
 * keep it running, and that it runs on when they are used. A broker that goes leaves the stream as
 * it is; the next is asked for the user's place again.
 */
#ifndef VMSILO_TRAY_WINDOWS_LAUNCH_FOLLOW_H
#define VMSILO_TRAY_WINDOWS_LAUNCH_FOLLOW_H

#include <stdbool.h>
#include <uv.h>

#include "proto/desk.pb-c.h"
#include "proto/limits.h"
#include "proto/wire/token.h"
#include "tray/link/broker-request.h"

#define FOLLOW_RETRY_MS 1000
#define FOLLOW_TELL_MS 100 /* windows come and go together */

struct follow_ops {
	/* It runs (or is paused), or does not any more. */
	void (*on_running)(void *data, bool running);
	/* follow_settings() says something else. */
	void (*on_settings)(void *data);
	/* The stream, and the shared region or -1; both the callee's. */
	void (*on_stream)(void *data, int fd, int region_fd, const struct token *token);
	/* It was refused; final: no use in asking again, and the sentence is for the user. */
	void (*on_refused)(void *data, bool final, const char *text);
	/* Another user has taken the windows, or they are none any more. */
	void (*on_taken)(void *data, const char *text);
};

struct follow {
	uv_loop_t *loop;
	const char *broker; /* the path of its socket */
	const char *vm;
	const struct follow_ops *ops;
	void *data;
	bool running, paused;
	bool has_stream; /* of this broker or an earlier one */
	bool is_seated;  /* the broker knows that we have the windows */
	bool take;       /* from another user, the first time */
	Vmsilo__Desk__Settings settings;
	char copy[64], paste[64];
	uint32_t windows, told;
	bool hidden, told_hidden;
	struct broker_request *events, *list, *seat, *region, *hold, *resume;
	int stream_fd; /* while the region is asked for; else -1 */
	struct token token;
	bool list_again;
	uv_timer_t retry, tell;
};

void follow_init(struct follow *follow, uv_loop_t *loop, const char *broker, const char *vm,
	const struct follow_ops *ops, void *data);
void follow_finish(struct follow *follow);
/* on_stream or on_refused follows. */
void follow_open(struct follow *follow);
/* The stream has ended, and the place is given up with it. */
void follow_close(struct follow *follow);
/* hidden: nobody sees any of them. */
void follow_windows(struct follow *follow, uint32_t count, bool hidden);
/* The user does something with them. */
void follow_use(struct follow *follow);

#endif
