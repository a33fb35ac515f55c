#include "host-broker/broker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/access/guard.h"
#include "host-broker/access/lobby.h"
#include "host-broker/access/named.h"
#include "host-broker/check/check.h"
#include "host-broker/client/client.h"
#include "host-broker/idle/warm-up.h"
#include "host-broker/image/check.h"
#include "host-broker/network/network.h"
#include "host-broker/retire.h"
#include "host-broker/system/log-budget.h"
#include "host-broker/system/server.h"
#include "host-broker/usb/usb.h"
#include "host-broker/users/taken.h"
#include "host-broker/users/vm-uids.h"
#include "host-broker/vm/reload.h"
#include "host-broker/vm/table.h"
#include "host-broker/watchers.h"
#include "proto/base/log.h"
#include "proto/io/heap-trim.h"

#define LOOKUP_WAIT_MAX_MS 1000

struct broker {
	uv_loop_t *loop;
	struct broker_options options;
	struct vm_environment environment;
	struct services services; /* for clients */
	struct vsock_gate vsock_gate;
	struct watchers watchers;
	struct sources sources;
	struct guard guard;
	struct vm_uids *uids; /* NULL: of the user's own broker */
	struct server *server;
	struct vm_table *vms; /* NULL: out of memory */
	struct client *clients[CLIENTS_MAX];
	enum lobby_kind kinds[CLIENTS_MAX]; /* of clients */
	size_t clients_count;
	struct lobby lobby;
	struct named named;
	struct heap_trim *heap;
	struct retire *retire; /* NULL: not yet */
	struct log_budget *log_budget;
	unsigned int held; /* by its VMs, and until broker_destroy() is over */
};

static void servers_pause(struct broker *broker, bool pause)
{
	(pause ? server_pause : server_resume)(broker->server);
	vm_table_pause(broker->vms, pause);
}

static void on_client_gone(void *data, struct client *client)
{
	struct broker *broker = data;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (broker->clients[i] == client) {
			broker->clients[i] = NULL;
			lobby_leave(&broker->lobby, client_peer(client)->uid, broker->kinds[i]);
		}
	if (broker->clients_count-- == CLIENTS_MAX)
		servers_pause(broker, false);
	heap_trim_count(broker->heap, broker->clients_count);
	retire_check(broker->retire);
}

static struct client **client_slot(struct broker *broker)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (!broker->clients[i])
			return &broker->clients[i];
	return NULL;
}

static void named_renew(struct broker *broker)
{
	uint64_t now_ms = uv_now(broker->loop);

	if (!named_is_stale(&broker->named, now_ms))
		return;
	named_begin(&broker->named, now_ms);
	for (size_t i = 0; i < vm_table_count(broker->vms); i++)
		named_add(&broker->named, &vm_configuration(vm_table_at(broker->vms, i))->access);
}

static enum lobby_kind kind_find(struct broker *broker, const struct access_peer *peer)
{
	if (access_is_owner(broker->guard.owner, peer))
		return LOBBY_OWNER;
	named_renew(broker);
	return named_has(&broker->named, broker->guard.owner, peer) ? LOBBY_NAMED : LOBBY_STRANGER;
}

static void news_tell(const struct access_peer *peer, enum lobby_kind kind, enum lobby_news news)
{
	if (news == LOBBY_HE_OWES)
		log_user_warning(peer->uid, NULL,
			"user %u makes too many requests; further ones are delayed", peer->uid);
	else if (news == LOBBY_HE_HAS_TOO_MANY)
		log_user_warning(peer->uid, NULL,
			"user %u has as many connections as allowed; refusing more", peer->uid);
	else if (news == LOBBY_ALL_HAVE_TOO_MANY)
		log_user_warning(peer->uid, NULL,
			"users named by %s VM's access: have as many connections as allowed "
			"together; refusing more, the first from user %u",
			kind == LOBBY_NAMED ? "a" : "no", peer->uid);
}

/* Whether he may come to this VM's own socket. Looked up for who is named somewhere and not far
 * beyond his allowance: it takes reading the lists of users. */
static bool may_connect(const struct broker *broker, const struct access_peer *peer,
	const struct vm_config *only, enum lobby_kind kind, const struct lobby_visit *visit)
{
	if (!only || kind == LOBBY_OWNER)
		return true;
	return kind == LOBBY_NAMED && visit->wait_ms <= LOOKUP_WAIT_MAX_MS &&
	       guard_allows(&broker->guard, peer, only, ACCESS_USE);
}

/* Whether this connection is taken at all; what it may ask is looked at when it asks. */
static bool client_admit(struct broker *broker, const struct access_peer *peer,
	const struct vm_config *only, enum lobby_kind kind, struct lobby_visit *ret_visit)
{
	int code = lobby_enter(&broker->lobby, peer->uid, kind, uv_now(broker->loop), ret_visit);

	news_tell(peer, kind, ret_visit->news);
	if (code < 0)
		return false;
	if (may_connect(broker, peer, only, kind, ret_visit))
		return true;
	lobby_leave(&broker->lobby, peer->uid, kind);
	guard_refused(peer, only, "connect");
	return false;
}

static bool client_add(struct broker *broker, struct client **slot, int fd,
	const struct client_options *options, enum lobby_kind kind)
{
	if (client_create(&broker->services, fd, options, on_client_gone, broker, slot) < 0) {
		lobby_leave(&broker->lobby, options->peer.uid, kind);
		return false;
	}
	broker->kinds[slot - broker->clients] = kind;
	if (++broker->clients_count == CLIENTS_MAX)
		servers_pause(broker, true);
	heap_trim_count(broker->heap, broker->clients_count);
	retire_check(broker->retire);
	return true;
}

/* By no more than who he is. */
static bool is_sent_away(
	struct broker *broker, const struct access_peer *peer, const struct vm_config *only)
{
	if (access_is_owner(broker->guard.owner, peer))
		return false;
	if (lobby_sends_away(&broker->lobby, peer->uid, uv_now(broker->loop)) ||
		guard_is_vm(&broker->guard, peer))
		return true;
	if (!broker->options.paths->system)
		guard_refused(peer, only, "connect");
	return !broker->options.paths->system;
}

static bool client_accept(
	struct broker *broker, int fd, struct vm *only, const struct socket_peer *credentials)
{
	struct access_peer peer = {.uid = credentials->uid, .gid = credentials->gid};
	struct lobby_visit visit;
	gid_t *groups = NULL;

	if (is_sent_away(broker, &peer, only ? vm_configuration(only) : NULL)) {
		close(fd);
		return false;
	}
	/* Without its groups a client is no more than its user. */
	if (!access_is_owner(broker->guard.owner, &peer) &&
		socket_peer_groups(fd, &groups, &peer.groups_count) == 0)
		peer.groups = groups;
	enum lobby_kind kind = kind_find(broker, &peer);
	struct client **slot = client_slot(broker);
	if (!slot ||
		!client_admit(broker, &peer, only ? vm_configuration(only) : NULL, kind, &visit)) {
		free(groups);
		close(fd);
		return false;
	}
	const struct client_options options = {.only = only,
		.peer = peer,
		.pid = credentials->pid,
		.groups = groups,
		.wait_ms = visit.wait_ms};
	return client_add(broker, slot, fd, &options, kind);
}

static bool on_accept(void *data, int fd, const struct socket_peer *peer)
{
	return client_accept(data, fd, NULL, peer);
}

static bool on_accept_command(void *data, struct vm *vm, int fd, const struct socket_peer *peer)
{
	bool taken = client_accept(data, fd, vm, peer);

	if (taken)
		vm_start(vm);
	return taken;
}

static void on_autostart_paused(void *data, struct vm *vm)
{
	const struct broker *broker = data;

	warm_up_add(broker->watchers.warm_up, vm);
}

/* Of its VMs, whose memory goes later, and of itself. */
static void broker_let_go(void *data)
{
	struct broker *broker = data;

	if (--broker->held > 0)
		return;
	if (broker->uids)
		vm_uids_destroy(broker->uids);
	free(broker);
}

/* Sockets that nobody listens at any more. */
static void files_remove(struct broker *broker)
{
	char path[PATH_SIZE];

	if (broker->retire && retire_has_socket(broker->retire) &&
		paths_runtime(broker->options.paths, NULL, "broker.socket", path))
		unlink(path);
	if (broker->vms)
		vm_table_close(broker->vms);
}

static void on_vm_state(void *data)
{
	struct broker *broker = data;

	if (broker->retire)
		retire_check(broker->retire);
}

static int watchers_open(struct broker *broker, struct error *error)
{
	const struct watchers_options options = {
		.environment = &broker->environment,
		.vms = broker->vms,
		.net_program = broker->options.programs.net,
		.usb_server = broker->options.usb_server,
		.sys = broker->options.sys,
		.on_state = on_vm_state,
		.data = broker,
	};
	int code = watchers_create(&broker->watchers, &options);

	return code < 0 ? error_set(error, code, "cannot watch VMs: %s", uv_strerror(code)) : 0;
}

void broker_destroy(struct broker *broker)
{
	heap_trim_destroy(broker->heap);
	files_remove(broker);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (broker->clients[i])
			client_destroy(broker->clients[i]);
	if (broker->retire)
		retire_destroy(broker->retire);
	if (broker->server)
		server_destroy(broker->server);
	broker->held = 2;
	if (broker->vms)
		vm_table_destroy(broker->vms, broker_let_go, broker);
	else
		broker_let_go(broker);
	watchers_destroy(&broker->watchers);
	sources_destroy(&broker->sources);
	guard_finish(&broker->guard);
	named_finish(&broker->named);
	if (broker->log_budget)
		log_budget_destroy(broker->log_budget);
	broker_let_go(broker);
}

static int vms_create(struct broker *broker, struct error *error)
{
	const struct vm_table_options options = {
		.environment = &broker->environment,
		.config = broker->options.config,
		.on_accept = on_accept_command,
		.on_autostart_paused = on_autostart_paused,
		.data = broker,
	};

	int code = vm_table_create(&options, &broker->vms);

	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

static int listen_at_socket(struct broker *broker, struct error *error)
{
	char path[PATH_SIZE];

	if (broker->options.listen_fd >= 0) {
		int given = server_create_fd(broker->loop, broker->options.listen_fd, on_accept,
			broker, &broker->server);
		return given < 0 ? error_set(error, given, "cannot listen: %s", uv_strerror(given))
				 : 0;
	}
	if (!paths_runtime(broker->options.paths, NULL, "broker.socket", path))
		return error_set(error, UV_ENAMETOOLONG, "the path of %s is too long",
			broker->options.paths->runtime);
	int code = server_create(broker->loop, path, broker->options.paths->system, on_accept,
		broker, &broker->server);
	if (code < 0)
		return error_set(error, code, "cannot listen on %s: %s", path, uv_strerror(code));
	return 0;
}

static int sources_open(struct broker *broker, struct error *error)
{
	int code = sources_create(&broker->sources, &broker->environment, broker->watchers.network,
		&broker->options.programs);

	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

/* ---- whom VMs run as ---- */

static int uids_open(struct broker *broker, struct error *error)
{
	if (!broker->options.paths->system)
		return 0;
	int code = vm_uids_create(broker->options.paths->uids,
		&broker->options.config->broker.uid_range, &broker->uids);
	broker->environment.uids = broker->guard.uids = broker->uids;
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

/* By a new configuration, and by what runs since an earlier one. */
static void uids_note(struct broker *broker, const struct config *config)
{
	struct error error = {0};
	struct identity identity;

	if (!broker->uids)
		return;
	vm_uids_forget_noted(broker->uids);
	vm_uids_set_range(broker->uids, &config->broker.uid_range);
	if (uid_taken_check(&config->broker.uid_range, &error) < 0)
		log_warning(NULL, "broker: uid_range: %s", error.text);
	for (size_t i = 0; i < config->vms_count; i++) {
		const char *run_as = identity_run_as(&config->vms[i], &config->broker);
		if (run_as[0] && identity_find(run_as, &identity, NULL) == 0)
			vm_uids_note(broker->uids, config->vms[i].name, identity.uid);
	}
	for (size_t i = 0; i < vm_table_count(broker->vms); i++) {
		const struct vm *vm = vm_table_at(broker->vms, i);
		if (vm_identity(vm))
			vm_uids_note(
				broker->uids, vm_configuration(vm)->name, vm_identity(vm)->uid);
	}
}

static void on_facts(void *data, struct retire_facts *ret)
{
	const struct broker *broker = data;

	*ret = (struct retire_facts){
		.clients = broker->clients_count,
		.runs = vm_table_runs(broker->vms),
		.starts = vm_table_autostarts(broker->vms),
	};
}

static bool on_waits(const void *data)
{
	const struct broker *broker = data;

	return server_waits(broker->server) || vm_table_waits(broker->vms);
}

static void on_retired(void *data, const char *why)
{
	const struct broker *broker = data;

	broker->options.on_end(broker->options.data, why);
}

static int retire_open(struct broker *broker, struct error *error)
{
	const struct retire_options options = {
		.environment = &broker->environment,
		.on_demand = broker->options.on_demand,
		.owns_socket = broker->options.listen_fd < 0,
		.facts = on_facts,
		.waits = on_waits,
		.on_end = on_retired,
		.data = broker,
	};
	int code = retire_create(&options, &broker->retire);

	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

/* ---- the configuration, read again ---- */

static void on_reload_change(void *data, const struct vm *vm, enum reload_kind kind,
	const struct config_difference *difference)
{
	reload_report_add(data, vm, kind, difference);
}

int broker_reload(struct broker *broker, struct reload_report *report, struct error *error)
{
	struct config *config;
	const struct broker_options *options = &broker->options;
	int code =
		check_load(options->config_path, options->object, options->paths, &config, error);

	if (code == 0 && (code = image_check_all(config, options->paths, error)) < 0)
		config_destroy(config);
	if (code == 0)
		code = vm_table_reload(broker->vms, config, on_reload_change, report, error);
	if (code < 0)
		return code;
	int level = log_level_parse(config->broker.log_level);
	if (level >= 0)
		log_set_level((enum log_level)level);
	broker->environment.broker = &config->broker;
	named_forget(&broker->named);
	uids_note(broker, config);
	retire_check(broker->retire);
	report->vms = config->vms_count;
	reload_report_log(report);
	return 0;
}

static int on_reload(void *data, struct reload_report *report, struct error *error)
{
	return broker_reload(data, report, error);
}

/* ---- making ---- */

static void services_fill(struct broker *broker)
{
	broker->services = (struct services){
		.loop = broker->loop,
		.guard = &broker->guard,
		.environment = &broker->environment,
		.vms = broker->vms,
		.journal = broker->watchers.journal,
		.events = broker->watchers.events,
		.consoles = broker->watchers.consoles,
		.desks = broker->watchers.desks,
		.setups = broker->watchers.setups,
		.network = broker->watchers.network,
		.why = broker->watchers.why,
		.idle = broker->watchers.idle,
		.balancer = broker->watchers.balancer,
		.usb = broker->watchers.usb,
		.usb_auto = broker->watchers.usb_auto,
		.reload = on_reload,
		.data = broker,
	};
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
		.sources = options->sources,
		.config_path = options->config_path,
		.vsock_device = options->vsock_device,
	};
	vsock_gate_init(&broker->vsock_gate, loop);
	lobby_init(&broker->lobby, uv_now(loop));
	broker->environment.vsock_gate = &broker->vsock_gate;
	int code = log_budget_create(loop, &broker->log_budget);
	if (code == 0)
		code = guard_init(&broker->guard, loop, options->paths->system);
	if (code < 0)
		error_set(error, code, "out of memory");
	if (code == 0)
		code = uids_open(broker, error);
	if (code == 0)
		code = vms_create(broker, error);
	if (code == 0)
		code = watchers_open(broker, error);
	if (code == 0)
		code = sources_open(broker, error);
	services_fill(broker);
	if (code == 0)
		code = vm_table_open(broker->vms, error);
	if (code == 0)
		usb_adopt(broker->watchers.usb);
	if (code == 0)
		vm_table_adopt(broker->vms);
	if (code == 0)
		network_adopted(broker->watchers.network);
	if (code == 0)
		uids_note(broker, options->config);
	if (code == 0)
		code = listen_at_socket(broker, error);
	if (code == 0)
		code = retire_open(broker, error);
	if (code == 0)
		vm_table_autostart(broker->vms);
	if (code < 0) {
		broker_destroy(broker);
		return code;
	}
	*ret = broker;
	return 0;
}
