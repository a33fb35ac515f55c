/* Unix sockets: making them, who is at the other end, and descriptors over them. */
#ifndef VMSILO_PROTO_IO_SOCKET_H
#define VMSILO_PROTO_IO_SOCKET_H

#include <stddef.h>
#include <sys/types.h>

/* A bound and listening SOCK_STREAM socket, mode 0600, non-blocking, close-on-exec. An existing
 * socket file is replaced. Returns the descriptor or a negative UV_E* (UV_ENAMETOOLONG when path
 * does not fit). */
int socket_listen(const char *path, int backlog);
/* Likewise of such a type: SOCK_SEQPACKET. */
int socket_listen_as(const char *path, int type, int backlog);
/* Connects (blocking, for clients) and returns a blocking descriptor, close-on-exec; or a negative
 * UV_E*. */
int socket_connect(const char *path);
/* Likewise; type may say SOCK_NONBLOCK, too: UV_EAGAIN when nobody accepts fast enough. */
int socket_connect_as(const char *path, int type);

struct socket_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};
int socket_peer(int fd, struct socket_peer *ret);
/* The supplementary groups that the peer had when it connected (SO_PEERGROUPS); the caller frees
 * them. */
int socket_peer_groups(int fd, gid_t **ret, size_t *ret_count);

/* Takes what has come of a line, up to its newline and not a byte beyond, since what follows
 * belongs to somebody else, and appends it to line, of which *length bytes are filled. 0 when
 * something was taken; UV_EAGAIN when nothing is there yet, UV_EOF, or another negative UV_E*. */
int socket_take_line(int fd, char *line, size_t size, size_t *length);

/* sendmsg(2) of bytes with one descriptor (borrowed) attached to the first of them. Returns the
 * count sent or a negative UV_E*. */
ssize_t socket_send_fd(int socket, const void *bytes, size_t length, int fd);
/* The same with 1 to DESCRIPTORS_MAX of them. */
#define DESCRIPTORS_MAX 8 /* room to receive surplus ones, so that they can be closed */
ssize_t socket_send_fds(int socket, const void *bytes, size_t length, const int *fds, size_t count);
/* recvmsg(2). *ret_fd is a received descriptor (close-on-exec, the caller's) or -1; surplus
 * descriptors are closed at once. */
ssize_t socket_receive_fd(int socket, void *bytes, size_t length, int *ret_fd);
/* Likewise with so many places for descriptors. */
ssize_t socket_receive_fds(int socket, void *bytes, size_t length, int *fds, size_t places);

#endif
