/* Where programs of ours lie, from the one that runs: all of them beside it where they are built;
 * where they are installed, those that people call. */
#ifndef VMSILO_PROTO_HOST_OWN_PROGRAMS_H
#define VMSILO_PROTO_HOST_OWN_PROGRAMS_H

#include <stddef.h>

/* The program that runs, "" when /proc does not say; and its folder. */
void own_program(char *ret, size_t size);
void own_folder(char *ret, size_t size);
/* One beside it; else otherwise/NAME, in the folder where it is installed, or with otherwise NULL
 * its name, for a search in PATH. */
void own_program_find(const char *name, const char *otherwise, char *ret, size_t size);

#endif
