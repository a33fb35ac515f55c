/*
 * A session's streams for tests: two channels over a socket pair in one loop, a program's ends on
 * the one side and a user's on the other; and descriptors of each kind that they may have.
 */
#ifndef VMSILO_TESTS_LIB_STREAM_RIG_H
#define VMSILO_TESTS_LIB_STREAM_RIG_H

#include "proto/session/streams.h"

#define AMOUNT (3 * 1024 * 1024 + 4321) /* bytes that are carried */
#define TURNS_MAX 200000

struct stream_end {
	struct channel *channel;
	struct streams streams;
	struct source sources[STREAMS];
	struct sink sinks[STREAMS];
	struct closer closer;
	int failed; /* what on_failed said */
	int closed; /* how often on_close came, and its reason */
	int reason;
};

struct stream_rig {
	uv_loop_t loop;
	struct stream_end agent, client;
	int peer; /* where there is no agent: the hostile end; -1 */
};

/* What is sent, and what came. */
extern uint8_t rig_sent[AMOUNT], rig_got[AMOUNT + 1];
void rig_fill(void);

/* Over a socket with so small a buffer that each payload goes in pieces; 0: as it is. */
void rig_begin(struct stream_rig *rig, int buffer);
/* Without an agent: the peer says what it likes. */
void rig_begin_hostile(struct stream_rig *rig);
void rig_end(struct stream_rig *rig);
void rig_turn(struct stream_rig *rig);
/* With a millisecond between them: an END waits for company. */
void rig_turns(struct stream_rig *rig, int count);

/* The near end of a stream is fd, which others have as well. */
void rig_source(struct stream_rig *rig, struct stream_end *end, uint16_t stream, int fd);
void rig_sink(struct stream_rig *rig, struct stream_end *end, uint16_t stream, int fd);
/* Bytes that wait in it. */
size_t rig_waiting(const struct sink *sink);

enum stream_far_kind { PIPE, SOCKET, TERMINAL, FILE_ITSELF };

/* [0] is read, [1] is written; of a file both are the same. */
void rig_make(enum stream_far_kind kind, int fds[2]);
/* fd does not block. */
void rig_far_end(int fd);
/* A near end of ours and the far end, the program's or the user's, which does not block. A file
 * that is read has all of rig_sent, and no far end (-1). */
void rig_input(enum stream_far_kind kind, int *near, int *far);
void rig_output(enum stream_far_kind kind, int *near, int *far);
/* Writes a piece of what is not written yet, or reads one. */
void rig_feed(int fd, size_t *done, size_t piece);
void rig_take(int fd, size_t *done, size_t piece);

#endif
