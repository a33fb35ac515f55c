/* The configuration file's schema for libcyaml: what the file says, before defaults and checks. */
#ifndef VMSILO_BROKER_CONFIG_SCHEMA_H
#define VMSILO_BROKER_CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>

#include "host-broker/config/access.h"
#include "host-broker/config/config.h"
#include "host-broker/config/idle.h"
#include "host-broker/config/tray.h"

struct file_usb_rule;

/* NULL: the key is not there. */
struct file_vm {
	const char *name, *color, *monitor, *machine, *memory, *memory_min, *image, *kernel,
		*initrd, *cmdline;
	const char *run_as, *user, *start_timeout, *stop_timeout;
	enum accel *accel;
	enum vsock_transport *vsock;
	enum sandbox_level *sandbox;
	enum exec_policy *exec;
	const char *cpus, *cid;
	int *autostart; /* 1: on */
	struct file_usb_rule *usb;
	unsigned int usb_count;
	struct file_idle *idle;
	struct file_tray tray;
	char **guest_users, **pass_env;
	unsigned int guest_users_count, pass_env_count;
	struct file_access *access;
};

struct file_broker {
	const char *image_dir, *qemu, *log_level, *run_as, *uid_range, *memory_reserve,
		*memory_budget, *idle_exit;
};

struct file_config {
	struct file_broker *broker;
	struct file_vm *vms;
	unsigned int vms_count;
};

extern const cyaml_schema_value_t config_schema;

#endif
