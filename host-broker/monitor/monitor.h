/*
 * One VM's monitor: its process, its control connection and its console. Back ends are const
 * tables, chosen by name.
 *
 * What a back end's table says decides how the monitor is reached. Its sockets are ours: bound by
 * us, handed to it as descriptors, and connected to before it runs, so that nothing is probed and
 * nothing waited for. Or, where a monitor takes no descriptor, theirs: it binds them in
 * RUNTIME/VM/monitor/, and we connect when they are there, to nobody but that process. Both are
 * streams, or packets.
 *
 *                       control                        console
 *   QEMU                ours, stream: QMP              ours, stream
 *   cloud-hypervisor    theirs, stream: --api-socket   theirs, stream: --serial socket=
 *   crosvm              theirs, packets: -s            ours, but dialled by crosvm: a helper keeps
 *                                                      it, with a socket of ours to us
 *   tests: packets      theirs, packets                theirs, stream
 *          talker       none                           ours, stream
 *          agent        none                           none
 *
 * cloud-hypervisor's events come beside its control socket, on a named pipe (--event-monitor
 * path=): a row more in its table then. How the lists of a launch are said to each: launch.h.
 *
 * Monitors outlive the broker; monitor_adopt() finds them again.
 */
#ifndef VMSILO_BROKER_MONITOR_MONITOR_H
#define VMSILO_BROKER_MONITOR_MONITOR_H

#include <stdbool.h>
#include <uv.h>

#include "host-broker/monitor/capability.h"
#include "host-broker/monitor/end.h"
#include "host-broker/monitor/launch.h"
#include "host-broker/system/process.h"
#include "proto/base/error.h"

enum monitor_event {
	MONITOR_EVENT_CONTROL_READY, /* the monitor answers on its control connection */
	MONITOR_EVENT_ENDING,        /* the monitor said why it will end; the end follows */
	MONITOR_EVENT_PANICKED,
	MONITOR_EVENT_SLOW,    /* the monitor has not answered for long */
	MONITOR_EVENT_PAUSED,  /* the guest stands still */
	MONITOR_EVENT_RESUMED, /* the guest ran on after it had been stopped */
	/* A write to one of its disks failed, since there is no room, or for another reason, and
	 * the guest stands still: PAUSED comes as well. It knows nothing of it, and tries again
	 * after monitor_resume(). */
	MONITOR_EVENT_DISK_FULL,
	MONITOR_EVENT_DISK_FAILED,
	MONITOR_EVENT_DISK_RESIZED, /* as monitor_resize_disk() asked; the guest knows */
};

struct monitor_callbacks {
	void (*on_event)(void *data, enum monitor_event event);
	/* Raw bytes that the guest printed. */
	void (*on_console)(void *data, const char *bytes, size_t length);
	/* The guest has so many bytes: its memory without the balloon. */
	void (*on_balloon)(void *data, uint64_t guest_bytes);
	/* It is there, and does not run before this returns 0; as child_options.on_born. */
	int (*on_born)(void *data, struct process_id id, struct error *error);
	/* Its process is gone; on_exit follows. */
	void (*on_gone)(void *data);
	/* All that it had said was read. text: one line, 'qemu exited with status 1', with what it
	 * said of its end; last_words: the end of what it wrote on stderr, "" for none. Both
	 * borrowed. Call monitor_destroy(), now or later. */
	void (*on_exit)(void *data, enum monitor_end end, const char *text, const char *last_words);
};

enum monitor_binder { MONITOR_BINDS_NOBODY, MONITOR_BINDS_BROKER, MONITOR_BINDS_MONITOR };

/* A socket that the monitor accepts on. */
struct monitor_socket {
	enum monitor_binder binder; /* NOBODY: there is none */
	int type;                   /* SOCK_STREAM, SOCK_SEQPACKET */
	const char *file;           /* in RUNTIME/VM/; of BINDS_MONITOR in RUNTIME/VM/monitor/ */
};

struct monitor_ops {
	const char *name;
	/* Of a guest on such a machine. Without CAPABILITY_VHOST_USER it has a vsock of its own,
	 * by the hybrid convention; CAPABILITY_CONSOLE and a console socket go together. */
	unsigned int (*capabilities)(const char *machine);
	struct monitor_socket control_socket;
	struct monitor_socket console_socket;
	bool without_image; /* boots no kernel of ours: launch has none */
	bool keeps_rights;  /* holds no guest: a test's, which becomes other users */
	uint32_t fixed_cid; /* with 'vsock: kernel': its guest's CID; 0: the VM's own */
	/* Pure. Appends to command; launch has all of it, and passed monitor_launch_check(). */
	int (*command)(
		const struct monitor_launch *launch, struct command *command, struct error *error);
	/* What it says of its end by its exit code; NULL: nothing. */
	enum monitor_end (*end_of_exit)(int code);
	/* What is said on the control socket; NULL when it has none. */
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
	/* Takes fd, a connected unix socket of the type that the back end's table says.
	 * memory_bytes: the guest's memory, for who counts what the balloon has of it. */
	int (*create)(uv_loop_t *loop, int fd, uint64_t memory_bytes,
		const struct monitor_control_callbacks *callbacks, void *data, void **ret);
	void (*destroy)(void *control);
	int (*power_button)(void *control); /* ACPI: the guest is asked */
	/* Asks for a balloon that leaves the guest so many bytes, or (0) only how many it has;
	 * on_balloon follows now and whenever that changes. The last request counts while the
	 * monitor does not answer. NULL: it has no balloon. */
	int (*balloon)(void *control, uint64_t guest_bytes);
	/* The guest stands still, or goes on; MONITOR_EVENT_PAUSED or _RESUMED follows when it
	 * does. The last request counts. NULL: it cannot. */
	int (*pause)(void *control, bool paused);
	/* A disk of the launch gets so many bytes; MONITOR_EVENT_DISK_RESIZED follows. NULL: it
	 * cannot. */
	int (*resize_disk)(void *control, const char *disk, uint64_t bytes);
};

struct monitor;

/* RUNTIME/VM/ exists, and RUNTIME/VM/monitor/ for who binds there (see table.h). launch: places
 * are set in it. No callback from inside, but for on_born. On failure nothing is left behind, and
 * the reason does not name the VM. */
int monitor_start(uv_loop_t *loop, const struct monitor_ops *ops, struct monitor_launch *launch,
	const struct monitor_callbacks *callbacks, void *data, struct monitor **ret,
	struct error *error);
/* UV_ESRCH when it is gone. One that cannot be reached is killed. */
int monitor_adopt(uv_loop_t *loop, const struct monitor_ops *ops, const struct vm_config *vm,
	const struct paths *paths, struct process_id id, const struct monitor_callbacks *callbacks,
	void *data, struct monitor **ret);
struct process_id monitor_id(const struct monitor *monitor);
int monitor_power_button(struct monitor *monitor);
/* See monitor_control_ops.balloon and .pause. UV_ENOTSUP without one, UV_ENOTCONN once the monitor
 * is going, or while it has not come. */
int monitor_balloon(struct monitor *monitor, uint64_t guest_bytes);
int monitor_pause(struct monitor *monitor);
int monitor_resume(struct monitor *monitor);
/* Makes a disk that the guest has larger, and its file. Likewise. */
int monitor_resize_disk(struct monitor *monitor, const char *disk, uint64_t bytes);
/* Types on the guest's console. Nothing happens where there is none. */
void monitor_console_send(struct monitor *monitor, const char *bytes, size_t length);
/* Whether its process runs: the end may be known here before on_gone tells it. */
bool monitor_lives(const struct monitor *monitor);
/* SIGKILL; on_gone and on_exit follow. */
void monitor_kill(struct monitor *monitor);
/* Lets go; a process that runs is left running. */
void monitor_destroy(struct monitor *monitor);

#endif
