/* Makes the user's menu what the broker's VMs and their images say. */
#ifndef VMSILO_TRAY_MENU_SYNC_H
#define VMSILO_TRAY_MENU_SYNC_H

struct sync_options {
	const char *broker; /* the path of its socket */
	const char *bin;    /* the folder of vm-run */
	const char *vm;     /* ""; or of this one alone */
};

/* An exit code; says on stdout what changed, on stderr what did not work. */
int menu_sync(const struct sync_options *options);

#endif
