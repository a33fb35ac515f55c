/*
 * A program of an image as its desktop entry describes it (Desktop Entry Specification 1.5). The
 * image's build reads it, from files of the packages that it has installed.
 */
#ifndef VMSILO_TRAY_PROGRAMS_PROGRAM_H
#define VMSILO_TRAY_PROGRAMS_PROGRAM_H

#include <glib.h>
#include <stdbool.h>

struct program {
	char *id;          /* the entry's desktop file ID, without the ending */
	GHashTable *names; /* by locale, "" for none: char * to char * */
	char *icon;        /* "": none */
	char **argv;       /* with field codes (%U) as arguments of their own */
	char **mime;
	char *class; /* StartupWMClass; "" */
	bool terminal;
};

/* root: of the image's tree. NULL when the file is not of a program that a menu shows, or one whose
 * TryExec is not there. */
struct program *program_read(const char *root, const char *path, const char *id);
void program_free(struct program *program);

#endif
