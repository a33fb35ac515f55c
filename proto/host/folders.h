/* Folders on the host's disk that are made with the first file in them. */
#ifndef VMSILO_PROTO_HOST_FOLDERS_H
#define VMSILO_PROTO_HOST_FOLDERS_H

/* Makes a folder and those above it, 0700. 0 also when it is there. Absolute path. */
int folders_make(const char *path);
/* The folder in which path lies. */
int folders_make_for(const char *path);

#endif
