/*
 * Starts a program of a VM's menu. Files of the host that it is to open are copied into the VM
 * first, into a folder of their own below Incoming in the home of its user, and that is said: on
 * stderr, and on the desktop.
 */
#ifndef VMSILO_TRAY_MENU_OPEN_H
#define VMSILO_TRAY_MENU_OPEN_H

struct open_options {
	const char *broker; /* the path of its socket */
	const char *vm;
	const char *program; /* its ID */
	const char *bin;     /* the folder of vm-run and vm-copy */
	char **run;          /* options of vm-run, NULL-terminated */
	char **files;        /* paths, file: addresses and others; NULL-terminated */
};

/* Does not return when it went well: vm-run has taken this process' place. An exit code. */
int menu_open(const struct open_options *options);

#endif
