/*
 * The broker: the configured VMs and the sockets that clients come to. It decides who may do what,
 * and starts and watches VMs; a session's bytes never pass through it.
 */
#ifndef VMSILO_BROKER_BROKER_H
#define VMSILO_BROKER_BROKER_H

#include <stdbool.h>
#include <uv.h>

#include "host-broker/config/config.h"
#include "host-broker/sources.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"

struct broker;
struct reload_report;
struct monitor_ops;

struct broker_options {
	const struct paths *paths; /* borrowed for life, likewise below */
	const struct config *config;
	bool on_demand; /* started for its clients: ends when nobody needs it (retire.h) */
	int listen_fd;  /* taken: clients come there, and the socket is not ours; -1: one is made */
	const char *config_path; /* where it came from */
	const struct monitor_ops *const *monitors;
	config_object_cb object;           /* what these monitors cannot */
	const struct part_source *sources; /* as in vm_environment */
	const char *sys;                   /* sysfs: where the host's USB devices are listed */
	const char *vsock_device;          /* program */
	const char *usb_server;            /* program */
	struct sources_programs programs;
	/* It is to be destroyed: it ends by itself, for the reason that why gives. */
	void (*on_end)(void *data, const char *why);
	void *data;
};

/* Finds the VMs that an earlier broker left, and listens. */
int broker_create(uv_loop_t *loop, const struct broker_options *options, struct broker **ret,
	struct error *error);
/* Ends the broker's part; VMs run on, for the next broker to adopt, but for such as are in the
 * middle of a start: those end. The loop runs until that is done. */
void broker_destroy(struct broker *broker);

/* Reads the configuration again, aside, and goes by it when it is whole. report: zeroed, finished
 * by the caller in any case. */
int broker_reload(struct broker *broker, struct reload_report *report, struct error *error);

#endif
