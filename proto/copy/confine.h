/*
 * A second wall around a copy's receiver, beside openat2(2): from here on the process and its
 * children can change files beneath one folder alone, and there make only files, folders and links
 * (Landlock). What it holds open already stays as it is.
 */
#ifndef VMSILO_PROTO_COPY_CONFINE_H
#define VMSILO_PROTO_COPY_CONFINE_H

/* 0; UV_ENOTSUP where the kernel has no Landlock, or one that cannot allow to move files between
 * folders (before Linux 5.19); or what it said. */
int copy_confine(int folder_fd);

#endif
