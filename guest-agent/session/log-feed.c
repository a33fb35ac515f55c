#include "guest-agent/session/log-feed.h"

#include "proto/limits.h"

void log_feed_init(struct log_feed *feed, uint64_t now_ms,
	int (*send)(void *data, const Vmsilo__Control__Log *message), void *data)
{
	*feed = (struct log_feed){.send = send, .data = data};
	rate_init(&feed->rate, LOG_LINES_PER_SECOND, LOG_LINES_BURST, now_ms);
}

static void dropped_say(struct log_feed *feed)
{
	Vmsilo__Control__Log message = VMSILO__CONTROL__LOG__INIT;

	message.kind = VMSILO__CONTROL__LOG__KIND__DROPPED;
	message.number = feed->dropped;
	if (feed->send(feed->data, &message) == 0)
		feed->dropped = 0;
}

void log_feed_say(struct log_feed *feed, const Vmsilo__Control__Log *message, uint64_t now_ms)
{
	bool may = message->kind != VMSILO__CONTROL__LOG__KIND__OUTPUT ||
		   rate_take(&feed->rate, 1, now_ms);

	if (may && feed->dropped > 0)
		dropped_say(feed);
	if (!may || feed->dropped > 0 || feed->send(feed->data, message) < 0)
		feed->dropped++;
}
