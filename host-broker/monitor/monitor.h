/*
 * One VM's monitor: the process (and the vsock device beside it, where the monitor needs one), its
 * control connection and its console. Back ends are const tables, chosen by name.
 *
 * Everything that the monitor listens on is bound by us and handed to it as a descriptor, and we
 * connect before it runs: nothing is probed, nothing waited for. Monitors outlive the broker;
 * monitor_adopt() finds them again.
 */
#ifndef VMSILO_BROKER_MONITOR_MONITOR_H
#define VMSILO_BROKER_MONITOR_MONITOR_H

#include <stdbool.h>
#include <uv.h>

#include "host-broker/config/config.h"
#include "host-broker/monitor/argv.h"
#include "host-broker/monitor/shutdown-cause.h"
#include "host-broker/system/process.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"
#include "proto/wire/address.h"

/* All that a command line is made from; borrowed during the call. */
struct monitor_launch {
	const struct vm_config *vm;
	const struct broker_config *broker;
	const struct paths *paths;
	const char *kernel; /* absolute paths */
	const char *initrd;
	const char *cmdline;             /* complete */
	bool kvm;                        /* accel_choose()'s answer */
	uint32_t tsc_khz;                /* told to the guest; 0: it measures (see tsc.h) */
	struct endpoint vsock;           /* RUNTIME/VM/vsock/s or the kernel's CID */
	char vhost_path[PATH_SIZE];      /* the vsock device's socket; "" when there is none */
	const struct identity *identity; /* of the VM's processes; NULL: the broker's own */
	const struct identity *monitor_identity; /* likewise, with the group that KVM takes */
	/* Ours at first, then numbers in the child, which argv() uses. */
	int control_fd;
	int console_fd;
	int vhost_vsock_fd; /* has the CID already; -1: none */
};

struct monitor_ids {
	struct process_id monitor;
	struct process_id vsock_device; /* pid 0: none */
};

enum monitor_event {
	MONITOR_EVENT_CONTROL_READY, /* the monitor answers on its control connection */
	MONITOR_EVENT_ENDING,        /* the monitor said why it will end; the end follows */
	MONITOR_EVENT_PANICKED,
	MONITOR_EVENT_SLOW,    /* the monitor has not answered for long */
	MONITOR_EVENT_RESUMED, /* the guest ran on after it had been stopped */
};

struct monitor_callbacks {
	void (*on_event)(void *data, enum monitor_event event);
	/* Raw bytes that the guest printed. */
	void (*on_console)(void *data, const char *bytes, size_t length);
	/* The guest has so many bytes: its memory without the balloon. */
	void (*on_balloon)(void *data, uint64_t guest_bytes);
	/* Monitor and vsock device are both gone, and all that they had said was read. text: one
	 * line, 'qemu exited with status 1', 'the vsock device was killed by signal 31', with what
	 * the monitor said of its end; last_words: the end of what the one that went first wrote on
	 * stderr, "" for none. Both borrowed. Call monitor_destroy(), now or later. */
	void (*on_exit)(void *data, enum monitor_end end, const char *text, const char *last_words);
};

struct monitor_ops {
	const char *name;
	bool needs_vsock_device; /* speaks vhost-user; else it has a hybrid socket of its own */
	bool has_console;        /* console_fd is used */
	bool without_image;      /* boots no kernel of ours: launch has none */
	bool keeps_capabilities; /* holds no guest: a test's, which becomes other users */
	uint32_t fixed_cid;      /* with 'vsock: kernel': its guest's CID; 0: the VM's own */
	/* Pure. Appends to argv (see argv.h); launch has all of it. */
	int (*argv)(const struct monitor_launch *launch, struct argv *argv, struct error *error);
	/* The control connection; NULL when the monitor has none. */
	const struct monitor_control_ops *control;
};

/* Control connection of a back end (QMP, REST ...): implemented in one file each, used by
 * host-broker/monitor/monitor.c only. */
struct monitor_control_callbacks {
	void (*on_event)(void *data, enum monitor_event event);
	void (*on_balloon)(void *data, uint64_t guest_bytes);
	/* Why the monitor will end. */
	void (*on_shutdown)(void *data, enum monitor_end end);
	/* The end: the monitor closed it (NULL), or what went wrong. Called once; the owner calls
	 * destroy, now or later. */
	void (*on_end)(void *data, const char *text);
};
struct monitor_control_ops {
	/* Takes fd, a connected unix socket. */
	int (*create)(uv_loop_t *loop, int fd, const struct monitor_control_callbacks *callbacks,
		void *data, void **ret);
	void (*destroy)(void *control);
	int (*power_button)(void *control); /* ACPI: the guest is asked */
	/* Asks for a balloon that leaves the guest so many bytes, or (0) only how many it has;
	 * on_balloon follows now and whenever that changes. The last request counts while the
	 * monitor does not answer. NULL: it has no balloon. */
	int (*balloon)(void *control, uint64_t guest_bytes);
};

struct monitor;

/* The table of back ends that the program ships ends with NULL; a test's broker passes its own. */
extern const struct monitor_ops *const monitor_registry[];
const struct monitor_ops *monitor_find(const struct monitor_ops *const *registry, const char *name);

/* RUNTIME/VM/ and RUNTIME/VM/vsock/ exist. vsock_device_program: path. No callback from inside. On
 * failure nothing is left behind. */
int monitor_start(uv_loop_t *loop, const struct monitor_ops *ops, struct monitor_launch *launch,
	const char *vsock_device_program, const struct monitor_callbacks *callbacks, void *data,
	struct monitor **ret, struct error *error);
/* UV_ESRCH when the monitor is gone (a vsock device left over without its monitor is killed). */
int monitor_adopt(uv_loop_t *loop, const struct monitor_ops *ops, const struct vm_config *vm,
	const struct paths *paths, const struct monitor_ids *ids,
	const struct monitor_callbacks *callbacks, void *data, struct monitor **ret);
struct monitor_ids monitor_ids(const struct monitor *monitor);
int monitor_power_button(struct monitor *monitor);
/* See monitor_control_ops.balloon. UV_ENOTSUP without one, UV_ENOTCONN once the monitor is going.
 */
int monitor_balloon(struct monitor *monitor, uint64_t guest_bytes);
/* Types on the guest's console. Nothing happens where there is none. */
void monitor_console_send(struct monitor *monitor, const char *bytes, size_t length);
/* Whether its processes run: their end may be known here before on_exit tells it. */
bool monitor_lives(const struct monitor *monitor);
/* SIGKILL to monitor and device; on_exit follows. */
void monitor_kill(struct monitor *monitor);
/* Lets go; processes that run are left running. */
void monitor_destroy(struct monitor *monitor);

#endif
