/* What the halves of a channel (channel.c, channel-send.c) know of each other. */
#ifndef VMSILO_PROTO_IO_CHANNEL_PRIVATE_H
#define VMSILO_PROTO_IO_CHANNEL_PRIVATE_H

#include "proto/base/bytes.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/io/send-queue.h"

#define CHANNEL_SMALL 4096 /* bytes of a channel that only says a word now and then */

enum channel_phase { CHANNEL_OPEN, CHANNEL_FLUSHING, CHANNEL_CLOSING };

struct channel {
	enum channel_phase phase;
	int fd;
	const struct channel_ops *ops;
	void *data;
	struct bytes in; /* received, from the border of a frame on */
	struct send_queue out;
	bool paused;
	bool behind; /* whole frames wait for the next turn, and nothing is read before them */
	bool above_high_water;
	bool shut_down;     /* FLUSHING: all is sent and said so */
	int send_error;     /* met in channel_send(), told from the loop */
	size_t delivering;  /* bytes of the frame that on_frame has */
	uint32_t left;      /* bytes of a payload that its owner takes from the socket */
	unsigned int exact; /* so many frames are read each for itself: see in_wanted() */
	struct closer closer;
	uv_poll_t poll;
	int events;           /* that poll waits for */
	uv_prepare_t prepare; /* what was said in this turn of the loop goes at its end */
	uv_timer_t linger;    /* what was said soon goes at its end */
	uv_timer_t timer; /* OPEN: at once, to go on outside of the caller's stack; FLUSHING: the
			 end */
};

/* What is waited for, by what the channel is about. */
void channel_poll_update(struct channel *channel);
/* Of channel.timer. */
void channel_on_timer(uv_timer_t *timer);
/* Of channel.prepare. */
void channel_on_prepare(uv_prepare_t *prepare);
/* Sends of the queue what the socket takes. 0, or why the stream is over. */
int channel_write(struct channel *channel);

#endif
