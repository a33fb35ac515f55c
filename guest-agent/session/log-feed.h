/*
 * What detached programs print, on its way to the broker: so many lines a second, and what is too
 * much, or finds no broker, is counted and said with the next line that goes. Starts and ends go in
 * any case.
 */
#ifndef VMSILO_AGENT_SESSION_LOG_FEED_H
#define VMSILO_AGENT_SESSION_LOG_FEED_H

#include "proto/base/rate.h"
#include "proto/control.pb-c.h"

struct log_feed {
	struct rate rate;
	uint32_t dropped;
	/* 0, or negative when the message could not go. */
	int (*send)(void *data, const Vmsilo__Control__Log *message);
	void *data;
};

void log_feed_init(struct log_feed *feed, uint64_t now_ms,
	int (*send)(void *data, const Vmsilo__Control__Log *message), void *data);
void log_feed_say(struct log_feed *feed, const Vmsilo__Control__Log *message, uint64_t now_ms);

#endif
