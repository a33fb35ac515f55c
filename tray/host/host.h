/* vmsilo-tray: the trays and notifications of all VMs in the user's desktop session. */
#ifndef VMSILO_TRAY_HOST_HOST_H
#define VMSILO_TRAY_HOST_HOST_H

#include <stddef.h>

#include "proto/limits.h"
#include "tray/model/settings.h"

#define HOST_CONNECTS_MAX 16

/* A VM whose stream is a unix socket that vmsilo-guest-tray --listen made: without a broker. */
struct host_connect {
	char vm[VM_NAME_MAX + 1];
	const char *path;
	struct tray_settings settings;
};

struct host_options {
	struct host_connect connects[HOST_CONNECTS_MAX];
	size_t connects_count; /* 0: those that the broker runs */
	const char *broker;    /* the path of its socket */
};

/* Runs until a signal (0) or until the session's bus is lost (a negative UV_E*, which was logged).
 */
int host_run(const struct host_options *options);

#endif
