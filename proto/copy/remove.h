/* Removes a folder that a copy was received in, with all that is in it. */
#ifndef VMSILO_PROTO_COPY_REMOVE_H
#define VMSILO_PROTO_COPY_REMOVE_H

/* name: of a folder in dir_fd. Follows no link, enters folders that nobody may read. 0, or what
 * went wrong first; it goes on after it. */
int copy_remove(int dir_fd, const char *name);

#endif
