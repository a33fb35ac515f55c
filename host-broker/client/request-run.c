/* Requests that wait for a VM to run. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host-broker/access/session-policy.h"
#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/idle/idle.h"
#include "host-broker/vm/stream-open.h"
#include "host-broker/vm/vm.h"
#include "host-broker/windows/desks.h"
#include "host-broker/windows/region.h"
#include "proto/base/cleanup.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"

#define TIMING_MAX 24 /* of all runs that it waits for */

struct run_request {
	struct client *client;
	struct vm *vm;
	uint16_t port;                /* the stream's; 0: none is wanted */
	char user[USER_NAME_MAX + 1]; /* of its program */
	bool waiting;                 /* waiter is on the VM's list */
	struct waiter waiter;
	struct stream_open *open;
	struct desk_seat *seat; /* of the windows' stream */
	Vmsilo__Broker__Progress timing[TIMING_MAX];
	size_t timing_count;
};

static void request_free(struct run_request *request)
{
	if (request->seat)
		desk_leave(request->seat);
	free(request);
}

static void give_up(void *data)
{
	struct run_request *request = data;

	if (request->waiting)
		vm_wait_cancel(request->vm, &request->waiter);
	if (request->open)
		stream_open_cancel(request->open);
	request_free(request);
}

static const char *vm_name(const struct run_request *request)
{
	return vm_configuration(request->vm)->name;
}

static void timing_add(struct run_request *request, Vmsilo__Broker__Stage stage)
{
	if (request->timing_count == TIMING_MAX)
		return;
	Vmsilo__Broker__Progress *progress = &request->timing[request->timing_count++];
	vmsilo__broker__progress__init(progress);
	progress->stage = stage;
	progress->at_us = (uv_hrtime() - client_asked_ns(request->client)) / 1000;
}

static void timing_point(struct run_request *request, Vmsilo__Broker__Progress **pointers)
{
	for (size_t i = 0; i < request->timing_count; i++)
		pointers[i] = &request->timing[i];
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	struct run_request *request = data;

	timing_add(request, stage);
	client_send(
		request->client, FRAME_PROGRESS, &request->timing[request->timing_count - 1].base);
}

static void answer_done(struct run_request *request)
{
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;
	Vmsilo__Broker__Progress *pointers[TIMING_MAX];

	timing_point(request, pointers);
	done.timing = pointers;
	done.n_timing = request->timing_count;
	client_answer(request->client, FRAME_DONE, &done.base);
	request_free(request);
}

/* Whether what a program shows can appear on the user's desktop. */
static bool has_windows(const struct vm *vm)
{
	return vm_configuration(vm)->windows.shown && vm_agent_has(vm, FEATURE_WINDOWS);
}

/* A descriptor, the caller's, or negative: there is none. */
static int region_open(const struct vm *vm, uint64_t *ret_bytes)
{
	struct vm_status status;

	vm_status(vm, &status);
	return region_find("/proc", status.monitor_pid, ret_bytes);
}

static bool has_region(const struct vm *vm)
{
	uint64_t bytes;
	_cleanup_close_ int fd = region_open(vm, &bytes);

	return fd >= 0;
}

static void answer_granted(struct run_request *request, int stream_fd, const struct token *token)
{
	Vmsilo__Broker__Granted granted = VMSILO__BROKER__GRANTED__INIT;
	const struct text_list *pass_env = &vm_configuration(request->vm)->pass_env;
	Vmsilo__Broker__Progress *pointers[TIMING_MAX];

	timing_add(request, VMSILO__BROKER__STAGE__STAGE_SESSION);
	timing_point(request, pointers);
	granted.token.data = (uint8_t *)token->bytes;
	granted.token.len = TOKEN_SIZE;
	granted.timing = pointers;
	granted.n_timing = request->timing_count;
	granted.pass_env = pass_env->items;
	granted.n_pass_env = pass_env->count;
	granted.windows = request->port == PORT_SESSION && has_windows(request->vm);
	granted.region = request->seat && has_region(request->vm);
	if (!request->seat) {
		client_answer_fd(request->client, FRAME_GRANTED, &granted.base, stream_fd);
		request_free(request);
	} else if (client_send_fd(request->client, FRAME_GRANTED, &granted.base, stream_fd) < 0) {
		client_drop(request->client);
	}
}

/* No stream came, and nothing was said on it: the VM may just have ended, without our knowledge. A
 * guest that lets a whole timeout pass is not asked again. */
static void stream_failed(struct run_request *request, int code)
{
	request->waiting = true;
	int again = code == UV_ETIMEDOUT ? code : vm_wait_again(request->vm, &request->waiter);
	if (again == 0)
		return;
	if (again == UV_ECANCELED)
		client_fail_text(request->client, VMSILO__BROKER__FAILURE__CODE__START_FAILED,
			"vm \"%s\" ended %u times right after its start; see its journal: vmsilo "
			"logs %s",
			vm_name(request), request->waiter.runs, vm_name(request));
	else
		client_fail_text(request->client, VMSILO__BROKER__FAILURE__CODE__INTERNAL,
			"vm \"%s\" is running, but connecting to its agent failed: %s (tried %u "
			"times)",
			vm_name(request), uv_strerror(code), request->waiter.tries + 1);
	request_free(request);
}

static void on_stream_open(void *data, int stream_fd, const struct token *token)
{
	struct run_request *request = data;
	_cleanup_close_ int fd = stream_fd;

	request->open = NULL;
	if (fd >= 0)
		answer_granted(request, fd, token);
	else
		stream_failed(request, fd);
}

static void stream_start(struct run_request *request)
{
	int code = stream_open_start(client_services(request->client)->loop, request->vm,
		request->port, request->user, on_stream_open, request, &request->open);

	if (code < 0)
		stream_failed(request, code);
}

static void on_waited(void *data)
{
	struct run_request *request = data;

	request->waiting = false;
	if (request->port)
		stream_start(request);
	else
		answer_done(request);
}

static void on_wait_failed(void *data, const struct failure *failure)
{
	struct run_request *request = data;

	client_fail(request->client, failure);
	request_free(request);
}

/* What is wanted of a VM that runs. */
struct wish {
	uint16_t port; /* 0: that it runs */
	const char *user;
	uint32_t tries; /* untrusted: how often a stream was granted and then refused */
};

/* NULL: memory is short, and the client is gone. */
static struct run_request *run_make(struct client *client, struct vm *vm, const struct wish *wish)
{
	struct run_request *request = calloc(1, sizeof(*request));

	if (!request) {
		client_drop(client);
		return NULL;
	}
	*request = (struct run_request){
		.client = client,
		.vm = vm,
		.port = wish->port,
		.waiter = {.wanted = WAIT_RUNNING,
			/* A request for the VM itself, not for something in it. */
			.insists = wish->port == 0,
			.follows = wish->port == PORT_TRAY || wish->port == PORT_WINDOWS,
			.tries = wish->tries,
			.on_progress = on_progress,
			.on_done = on_waited,
			.on_failed = on_wait_failed,
			.data = request},
	};
	snprintf(request->user, sizeof(request->user), "%s", wish->user);
	client_pend(client, give_up, request);
	return request;
}

static void run_begin(struct run_request *request)
{
	request->waiting = true;
	if (request->waiter.tries == 0)
		vm_wait(request->vm, &request->waiter);
	else
		stream_failed(request, UV_ECONNREFUSED);
}

static void run_wait(struct client *client, struct vm *vm, const struct wish *wish)
{
	struct run_request *request = run_make(client, vm, wish);

	if (request)
		run_begin(request);
}

void request_start(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	(void)message;
	run_wait(client, vm, &(const struct wish){.user = ""});
}

/* Whoever may use it may let it run on; only who may manage it, starts it. */
void request_resume(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	(void)message;
	if (vm_is_off(vm) || vm_state(vm) == VM_STATE_STOPPING)
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING,
			"vm \"%s\" is not running", vm_configuration(vm)->name);
	else
		run_wait(client, vm, &(const struct wish){.user = ""});
}

static void program_wait(
	struct client *client, struct vm *vm, const Vmsilo__Broker__Session *untrusted_session)
{
	struct error error = {0};
	const char *user;
	int code =
		session_policy_user(vm_configuration(vm), untrusted_session->user, &user, &error);

	if (code < 0)
		client_fail_text(client,
			code == UV_EACCES ? VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED
					  : VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST,
			"%s", error.text);
	else
		run_wait(client, vm,
			&(const struct wish){.port = PORT_SESSION,
				.user = user,
				.tries = untrusted_session->tries});
}

/* ---- windows ---- */

static void on_seat_lost(void *data, uid_t to)
{
	struct run_request *request = data;
	struct client *client = request->client;
	const char *vm = vm_name(request);
	char who[CLIENT_WHO_SIZE];

	request->seat = NULL;
	client_user_name(to, who);
	if (to == (uid_t)-1)
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NO_SUCH_VM,
			"vm \"%s\" is not configured any more", vm);
	else if (to == client_peer(client)->uid)
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BUSY,
			"vm \"%s\": another vmsilo-windows of yours has its windows now", vm);
	else
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BUSY,
			"vm \"%s\": user %s has taken its windows to his desktop", vm, who);
	give_up(request);
}

static void seat_refuse(struct client *client, struct vm *vm)
{
	char who[CLIENT_WHO_SIZE];
	uid_t uid = 0;

	desk_user(client_services(client)->desks, vm, &uid);
	client_user_name(uid, who);
	client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BUSY,
		"vm \"%s\": its windows are on the desktop of user %s; to have them on yours: "
		"vmsilo windows --take %s",
		vm_configuration(vm)->name, who, vm_configuration(vm)->name);
}

static void windows_begin(
	struct client *client, struct vm *vm, const Vmsilo__Broker__Session *session)
{
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;
	struct run_request *request =
		run_make(client, vm, &(const struct wish){.port = PORT_WINDOWS, .user = ""});

	if (!request)
		return;
	/* Who shows none of them gives way. */
	bool idle = idle_windows(client_services(client)->idle, vm) == 0;
	const struct desk_asks asks = {.uid = client_peer(client)->uid,
		.take = session->take || idle,
		.on_lost = on_seat_lost,
		.data = request};
	int code = desk_take(client_services(client)->desks, vm, &asks, &request->seat);
	if (code == UV_EBUSY)
		seat_refuse(client, vm);
	else if (code < 0)
		client_drop(client);
	else if (session->keep)
		client_send(client, FRAME_DONE, &done.base);
	else
		run_begin(request);
	if (code == UV_EBUSY)
		request_free(request);
}

static void windows_wait(
	struct client *client, struct vm *vm, const Vmsilo__Broker__Session *session)
{
	const char *name = vm_configuration(vm)->name;

	if (!vm_configuration(vm)->windows.shown)
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_FOUND,
			"vm \"%s\" has no windows: its configuration says windows: off", name);
	else if (vm_state(vm) != VM_STATE_RUNNING && !session->keep)
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING,
			"vm \"%s\" is not running", name);
	else if (!session->keep && vm_is_up(vm) && !has_windows(vm))
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_FOUND,
			"vm \"%s\" has no windows: its image \"%s\" has no vmsilo-guest-windows",
			name, vm_ran(vm)->image);
	else
		windows_begin(client, vm, session);
}

static void region_answer(struct client *client, struct vm *vm)
{
	Vmsilo__Broker__Descriptor descriptor = VMSILO__BROKER__DESCRIPTOR__INIT;
	uid_t uid = 0;
	_cleanup_close_ int fd = UV_ENOENT;

	if (desk_user(client_services(client)->desks, vm, &uid) && uid == client_peer(client)->uid)
		fd = region_open(vm, &descriptor.bytes);
	if (fd >= 0)
		client_answer_fd(client, FRAME_DESCRIPTOR, &descriptor.base, fd);
	else
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_FOUND,
			"vm \"%s\" has no region for windows, or its windows are not yours",
			vm_configuration(vm)->name);
}

void request_session(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__Session *session = (const Vmsilo__Broker__Session *)message;

	switch (session->kind) {
	case VMSILO__BROKER__SESSION__KIND__PROGRAM:
		program_wait(client, vm, session);
		break;
	case VMSILO__BROKER__SESSION__KIND__TRAY:
		if (vm_state(vm) == VM_STATE_RUNNING)
			run_wait(client, vm, &(const struct wish){.port = PORT_TRAY, .user = ""});
		else
			client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING,
				"vm \"%s\" is not running", vm_configuration(vm)->name);
		break;
	case VMSILO__BROKER__SESSION__KIND__WINDOWS:
		windows_wait(client, vm, session);
		break;
	case VMSILO__BROKER__SESSION__KIND__WINDOWS_REGION:
		region_answer(client, vm);
		break;
	default:
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST,
			"vm \"%s\": this broker does not know streams of kind %d; upgrade and "
			"restart it",
			vm_configuration(vm)->name, (int)session->kind);
		break;
	}
}
