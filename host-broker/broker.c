#include "host-broker/broker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/balancer.h"
#include "host-broker/client.h"
#include "host-broker/clock-keeper.h"
#include "host-broker/console-log.h"
#include "host-broker/consoles.h"
#include "host-broker/guard.h"
#include "host-broker/guest-log.h"
#include "host-broker/idle.h"
#include "host-broker/runtime-dir.h"
#include "host-broker/server.h"
#include "host-broker/usb/auto.h"
#include "host-broker/usb/usb.h"
#include "host-broker/why.h"
#include "proto/heap-trim.h"
#include "proto/log.h"

/* A VM and the socket that stands for it. */
struct entry {
	struct broker *broker;
	struct vm *vm;
	struct server *server;
};

struct broker {
	uv_loop_t *loop;
	struct broker_options options;
	struct vm_environment environment;
	struct vsock_gate vsock_gate;
	struct journal *journal;
	struct why *why;
	struct idle *idle;
	struct usb *usb;
	struct usb_auto *usb_auto;
	struct guest_log guest_log;
	struct balancer *balancer;
	struct events *events;
	struct console_log *console_log;
	struct guard guard;
	struct consoles *consoles;
	struct clock_keeper *clock_keeper;
	struct server *server;
	struct entry *entries;
	size_t entries_count;
	size_t vms_open; /* not freed yet */
	struct client *clients[CLIENTS_MAX];
	size_t clients_count;
	struct heap_trim *heap;
};

static void servers_pause(struct broker *broker, bool pause)
{
	void (*act)(struct server *) = pause ? server_pause : server_resume;

	act(broker->server);
	for (size_t i = 0; i < broker->entries_count; i++)
		act(broker->entries[i].server);
}

static void on_client_gone(void *data, struct client *client)
{
	struct broker *broker = data;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (broker->clients[i] == client)
			broker->clients[i] = NULL;
	if (broker->clients_count-- == CLIENTS_MAX)
		servers_pause(broker, false);
	heap_trim_count(broker->heap, broker->clients_count);
}

static struct client **client_slot(struct broker *broker)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (!broker->clients[i])
			return &broker->clients[i];
	return NULL;
}

static size_t clients_of(const struct broker *broker, uid_t uid)
{
	size_t count = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		count += broker->clients[i] && client_peer(broker->clients[i])->uid == uid;
	return count;
}

/* Whether this connection is taken at all; what it may ask is looked at when it asks. */
static bool client_admit(
	struct broker *broker, const struct access_peer *peer, const struct vm_config *only)
{
	if (access_is_owner(broker->guard.owner, peer))
		return true;
	if (!broker->options.paths->system ||
		(only && !guard_allows(&broker->guard, peer, only, ACCESS_USE))) {
		guard_refused(&broker->guard, peer, only, "connect");
		return false;
	}
	if (clients_of(broker, peer->uid) >= CLIENTS_OF_USER_MAX) {
		guard_refused(&broker->guard, peer, only, "have more connections");
		return false;
	}
	return true;
}

static bool client_accept(
	struct broker *broker, int fd, struct vm *only, const struct socket_peer *credentials)
{
	struct client **slot = client_slot(broker);
	struct access_peer peer = {.uid = credentials->uid, .gid = credentials->gid};
	gid_t *groups = NULL;

	/* Without its groups a client is no more than its user. */
	if (!access_is_owner(broker->guard.owner, &peer) &&
		socket_peer_groups(fd, &groups, &peer.groups_count) == 0)
		peer.groups = groups;
	if (!slot || !client_admit(broker, &peer, only ? vm_configuration(only) : NULL)) {
		free(groups);
		close(fd);
		return false;
	}
	const struct client_options options = {
		.only = only, .peer = peer, .pid = credentials->pid, .groups = groups};
	if (client_create(broker, fd, &options, on_client_gone, broker, slot) < 0)
		return false;
	if (++broker->clients_count == CLIENTS_MAX)
		servers_pause(broker, true);
	heap_trim_count(broker->heap, broker->clients_count);
	return true;
}

static void on_accept(void *data, int fd, const struct socket_peer *peer)
{
	client_accept(data, fd, NULL, peer);
}

static void on_accept_command(void *data, int fd, const struct socket_peer *peer)
{
	struct entry *entry = data;

	if (client_accept(entry->broker, fd, entry->vm, peer))
		vm_start(entry->vm);
}

static void broker_free(struct broker *broker)
{
	guest_log_finish(&broker->guest_log, &broker->environment.watchers);
	free(broker->entries);
	if (broker->journal)
		journal_destroy(broker->journal);
	free(broker);
}

static void on_vm_closed(void *data)
{
	struct broker *broker = data;

	if (--broker->vms_open == 0)
		broker_free(broker);
}

/* Sockets that nobody listens at any more, and the folders of VMs that do not run. */
static void files_remove(struct broker *broker)
{
	char path[PATH_SIZE];

	if (broker->server && paths_runtime(broker->options.paths, NULL, "broker.socket", path))
		unlink(path);
	for (size_t i = 0; i < broker->entries_count; i++)
		if (broker->entries[i].vm)
			runtime_dir_remove(broker->options.paths,
				vm_configuration(broker->entries[i].vm)->name);
}

static int watchers_create(struct broker *broker, struct error *error)
{
	struct vm_watchers *watchers = &broker->environment.watchers;

	TAILQ_INIT(watchers);
	int code = journal_create(broker->options.paths->journals, &broker->journal);
	guest_log_init(&broker->guest_log, broker->loop, broker->journal, watchers);
	if (code == 0)
		code = events_create(broker->journal, watchers, &broker->events);
	if (code == 0)
		code = console_log_create(broker->journal, watchers, &broker->console_log);
	if (code == 0)
		code = consoles_create(broker->loop, watchers, &broker->consoles);
	if (code == 0)
		code = why_create(&broker->environment, &broker->why);
	if (code == 0)
		code = idle_create(&broker->environment, broker->why, &broker->idle);
	if (code == 0)
		code = balancer_create(&broker->environment, broker->why, &broker->balancer);
	if (code == 0)
		code = clock_keeper_create(&broker->environment, &broker->clock_keeper);
	return code < 0 ? error_set(error, code, "cannot watch VMs: %s", uv_strerror(code)) : 0;
}

/* After the VMs are there, since devices may be lent to them already. */
static int usb_open(struct broker *broker, struct error *error)
{
	const struct usb_options options = {
		.loop = broker->loop,
		.broker = broker,
		.paths = broker->options.paths,
		.server = broker->options.usb_server,
		.watchers = &broker->environment.watchers,
		.idle = broker->idle,
	};
	int code = usb_create(&options, &broker->usb);

	if (code == 0)
		code = usb_auto_create(
			broker->usb, &broker->environment.watchers, &broker->usb_auto);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

static void watchers_destroy(struct broker *broker)
{
	if (broker->usb_auto)
		usb_auto_destroy(broker->usb_auto);
	if (broker->usb)
		usb_destroy(broker->usb);
	if (broker->clock_keeper)
		clock_keeper_destroy(broker->clock_keeper);
	if (broker->balancer)
		balancer_destroy(broker->balancer);
	if (broker->idle)
		idle_destroy(broker->idle);
	if (broker->why)
		why_destroy(broker->why);
	if (broker->consoles)
		consoles_destroy(broker->consoles);
	if (broker->console_log)
		console_log_destroy(broker->console_log);
	if (broker->events)
		events_destroy(broker->events);
}

void broker_destroy(struct broker *broker)
{
	heap_trim_destroy(broker->heap);
	files_remove(broker);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (broker->clients[i])
			client_destroy(broker->clients[i]);
	if (broker->server)
		server_destroy(broker->server);
	for (size_t i = 0; i < broker->entries_count; i++)
		if (broker->entries[i].server)
			server_destroy(broker->entries[i].server);
	watchers_destroy(broker);
	guard_finish(&broker->guard);
	if (broker->vms_open == 0) {
		broker_free(broker);
		return;
	}
	/* The last of them frees the broker. */
	size_t count = broker->vms_open;
	struct entry *entries = broker->entries;
	for (size_t i = 0; i < count; i++)
		vm_destroy(entries[i].vm, on_vm_closed, broker);
}

static int entry_open(struct broker *broker, struct entry *entry, const struct vm_config *config,
	struct error *error)
{
	char path[PATH_SIZE];

	entry->broker = broker;
	int code = vm_create(&broker->environment, config, &entry->vm);
	if (code < 0)
		return error_set(error, code, "vm \"%s\": %s", config->name, uv_strerror(code));
	broker->vms_open++;
	code = runtime_dir_make(broker->options.paths, config->name, error);
	if (code < 0)
		return code;
	if (!paths_runtime(broker->options.paths, config->name, "command.socket", path))
		return error_set(error, UV_ENAMETOOLONG, "vm \"%s\": its socket's path is too long",
			config->name);
	code = server_create(broker->loop, path, broker->options.paths->system, on_accept_command,
		entry, &entry->server);
	if (code < 0)
		return error_set(error, code, "cannot listen at %s: %s", path, uv_strerror(code));
	return 0;
}

static int entries_open(struct broker *broker, struct error *error)
{
	const struct config *config = broker->options.config;

	broker->entries =
		calloc(config->vms_count ? config->vms_count : 1, sizeof(*broker->entries));
	if (!broker->entries)
		return error_set(error, UV_ENOMEM, "out of memory");
	for (size_t i = 0; i < config->vms_count; i++) {
		broker->entries_count++;
		int code = entry_open(broker, &broker->entries[i], &config->vms[i], error);
		if (code < 0)
			return code;
	}
	return 0;
}

static int listen_at_socket(struct broker *broker, struct error *error)
{
	char path[PATH_SIZE];

	if (!paths_runtime(broker->options.paths, NULL, "broker.socket", path))
		return error_set(error, UV_ENAMETOOLONG, "the path of %s is too long",
			broker->options.paths->runtime);
	int code = server_create(broker->loop, path, broker->options.paths->system, on_accept,
		broker, &broker->server);
	if (code < 0)
		return error_set(error, code, "cannot listen at %s: %s", path, uv_strerror(code));
	return 0;
}

static void autostart(struct broker *broker)
{
	for (size_t i = 0; i < broker->entries_count; i++)
		if (vm_configuration(broker->entries[i].vm)->autostart)
			vm_start(broker->entries[i].vm);
}

int broker_create(uv_loop_t *loop, const struct broker_options *options, struct broker **ret,
	struct error *error)
{
	struct broker *broker = calloc(1, sizeof(*broker));

	if (!broker)
		return error_set(error, UV_ENOMEM, "out of memory");
	broker->loop = loop;
	broker->options = *options;
	broker->heap = heap_trim_create(loop);
	broker->environment = (struct vm_environment){
		.loop = loop,
		.paths = options->paths,
		.broker = &options->config->broker,
		.monitors = options->monitors,
		.vsock_device = options->vsock_device,
	};
	vsock_gate_init(&broker->vsock_gate, loop);
	broker->environment.vsock_gate = &broker->vsock_gate;
	int code = guard_init(&broker->guard, loop, options->paths->system);
	if (code < 0)
		error_set(error, code, "out of memory");
	if (code == 0)
		code = watchers_create(broker, error);
	if (code == 0)
		code = entries_open(broker, error);
	if (code == 0)
		code = usb_open(broker, error);
	for (size_t i = 0; code == 0 && i < broker->entries_count; i++)
		if (vm_adopt(broker->entries[i].vm) == 0)
			log_info(
				options->config->vms[i].name, "found running; waits for its agent");
	if (code == 0)
		code = listen_at_socket(broker, error);
	if (code == 0)
		autostart(broker);
	if (code < 0) {
		broker_destroy(broker);
		return code;
	}
	*ret = broker;
	return 0;
}

uv_loop_t *broker_loop(const struct broker *broker)
{
	return broker->loop;
}

struct consoles *broker_consoles(const struct broker *broker)
{
	return broker->consoles;
}

struct events *broker_events(const struct broker *broker)
{
	return broker->events;
}

struct journal *broker_journal(const struct broker *broker)
{
	return broker->journal;
}

struct vm *broker_find(const struct broker *broker, const char *name)
{
	for (size_t i = 0; i < broker->entries_count; i++)
		if (strcmp(vm_configuration(broker->entries[i].vm)->name, name) == 0)
			return broker->entries[i].vm;
	return NULL;
}

struct guard *broker_guard(struct broker *broker)
{
	return &broker->guard;
}

struct idle *broker_idle(const struct broker *broker)
{
	return broker->idle;
}

struct usb *broker_usb(const struct broker *broker)
{
	return broker->usb;
}

struct usb_auto *broker_usb_auto(const struct broker *broker)
{
	return broker->usb_auto;
}

struct balancer *broker_balancer(const struct broker *broker)
{
	return broker->balancer;
}

struct why *broker_why(const struct broker *broker)
{
	return broker->why;
}

size_t broker_vms_count(const struct broker *broker)
{
	return broker->entries_count;
}

struct vm *broker_vm_at(const struct broker *broker, size_t index)
{
	return broker->entries[index].vm;
}
