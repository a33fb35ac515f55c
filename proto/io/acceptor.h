/*
 * A listening socket on a loop. It accepts a few peers a turn, and where descriptors or memory run
 * out it neither spins nor gives up: it says so once, waits, and tries again; connections meanwhile
 * wait in the socket's backlog.
 */
#ifndef VMSILO_PROTO_IO_ACCEPTOR_H
#define VMSILO_PROTO_IO_ACCEPTOR_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

#define ACCEPTOR_PER_TURN 16      /* so that a crowd does not starve others */
#define ACCEPTOR_RETRY_MS 200     /* after a shortage */
#define ACCEPTOR_GATHER_MS 2      /* at least, that a crowd may gather, */
#define ACCEPTOR_GATHER_MAX_MS 20 /* at most, */
#define ACCEPTOR_GATHER_SHARE 4   /* and as often as long as it took of us before */
#define ACCEPTOR_CROWD 64         /* peers; so many at a time, */
#define ACCEPTOR_CALM_MS 1000     /* until so long after the last was sent away */
#define ACCEPTOR_QUIET_MS 60000   /* a shortage that comes back sooner is still the same one */

/* fd: connected, non-blocking, close-on-exec, the callee's own. The callee may pause or destroy the
 * acceptor. */
typedef void (*acceptor_cb)(void *data, int fd, const struct sockaddr_storage *peer);

struct acceptor_options {
	int fd;            /* listening, non-blocking */
	const char *vm;    /* for the log; NULL: no VM's. Borrowed, like what */
	const char *what;  /* "clients", "streams of the guest": who is not accepted for a time */
	unsigned int most; /* in a turn; 0: ACCEPTOR_PER_TURN */
	int backlog; /* fd's, which is shorter while a crowd is sent away; 0: it stays as it is */
	acceptor_cb on_accept;
	void *data;
};

struct acceptor;

/* Begins at once. Takes fd when it succeeds, and closes it at destroy. */
int acceptor_create(uv_loop_t *loop, const struct acceptor_options *options, struct acceptor **ret);
/* Stop and go on, at a bound of the owner's. Cheap when nothing changes. */
void acceptor_pause(struct acceptor *acceptor);
void acceptor_resume(struct acceptor *acceptor);
/* For the callee, who has sent a peer away: once the backlog is empty, or a crowd of them was met,
 * whoever comes next waits a moment. So a crowd is met by few turns of the loop and not by one
 * each, and takes no more than a fifth of our time; and a backlog of its size lets who comes behind
 * it wait for one of them, and not for several. */
void acceptor_gather(struct acceptor *acceptor);
/* Whether a peer has connected and was not accepted yet. */
bool acceptor_waits(const struct acceptor *acceptor);
void acceptor_destroy(struct acceptor *acceptor);

#endif
