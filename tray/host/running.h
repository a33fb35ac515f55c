/*
 * The VMs that the broker runs: follows them, gets their tray streams, and tells the broker how
 * many items of each are shown, and that a paused one is to run on when the user does something
 * with what it shows. A broker that goes leaves the streams as they are; the next one is asked
 * again.
 */
#ifndef VMSILO_TRAY_HOST_RUNNING_H
#define VMSILO_TRAY_HOST_RUNNING_H

#include "tray/host/programs.h"
#include "tray/host/vm.h"
#include "tray/host/windows.h"
#include "tray/link/broker-request.h"
#include "tray/notices/questions.h"

#define RUNNING_MAX 256
#define BROKER_RETRY_MS 1000
#define BROKER_DENIED_RETRY_MS 60000 /* between questions of a user who may not use any VM */
#define ITEMS_TELL_MS 200            /* items come and go together */

struct running_vm {
	struct host_running *running;
	struct host_vm *vm;
	struct tray_settings settings;
	bool seen; /* in the list that came last */
	bool paused;
	size_t items, told;
	struct broker_request *open; /* its stream */
	struct broker_request *resume;
	struct broker_request *hold; /* the request that reports its items to the broker */
};

struct host_running {
	uv_loop_t *loop;
	struct host_service *service;
	const char *path; /* of the broker's socket */
	struct host_source source;
	struct running_vm *vms[RUNNING_MAX];
	size_t count;
	struct questions idle;
	struct questions usb;
	struct host_programs programs;
	struct host_windows windows;
	struct broker_request *events, *list;
	bool list_again;
	bool refused; /* that the broker is another user's was told */
	bool denied;  /* that it has nothing to tell this user was told */
	uv_timer_t retry, tell;
};

void host_running_init(struct host_running *running, uv_loop_t *loop, struct host_service *service,
	const char *path);
void host_running_start(struct host_running *running);
void host_running_finish(struct host_running *running);
void host_running_settings(struct host_running *running);
void host_running_signal(struct host_running *running, DBusMessage *signal);

#endif
