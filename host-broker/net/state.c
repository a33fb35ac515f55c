#include "host-broker/net/state.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/net/foreign/foreign.h"
#include "host-broker/net/route.h"
#include "host-broker/net/rules/seen.h"
#include "host-broker/net/table.h"
#include "host-broker/net/tap.h"
#include "host-broker/net/veth.h"
#include "proto/base/cleanup.h"

#define TABLE_FIRST 1000 /* of routes: the numbers below are others' */

void state_init(struct state *state, const struct state_kernel *kernel)
{
	*state = (struct state){.kernel = *kernel};
}

/* ---- the list ---- */

static struct rules_vm **slot_find(struct state *state, const char *vm)
{
	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (state->vms[i] && strcmp(state->vms[i]->attachment.vm, vm) == 0)
			return &state->vms[i];
	return NULL;
}

static struct rules_vm **slot_free(struct state *state)
{
	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (!state->vms[i])
			return &state->vms[i];
	return NULL;
}

static size_t vms_list(const struct state *state, struct rules_vm *ret[NET_VMS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (state->vms[i])
			ret[count++] = state->vms[i];
	return count;
}

static uint32_t table_of(const struct state *state, struct rules_vm *const *slot)
{
	return TABLE_FIRST + (uint32_t)(slot - state->vms);
}

/* ---- the rules ---- */

static void host_ports_tell(struct state *state, struct rules_vm *const *vms, size_t count)
{
	bool wanted = false;

	for (size_t i = 0; i < count; i++)
		wanted = wanted || vms[i]->attachment.host_ports_count > 0;
	if (wanted != state->host_ports && state->kernel.on_host_ports)
		state->kernel.on_host_ports(state->kernel.data, wanted);
	state->host_ports = wanted;
}

static int rules_apply(struct state *state, struct error *error)
{
	_cleanup_free_ char *commands = NULL;
	struct rules_vm *vms[NET_VMS_MAX];
	size_t count = vms_list(state, vms);

	/* There is no table before the first transaction. */
	table_count(state->kernel.nft, vms, count);
	int code =
		rules_format(&(const struct rules_input){.vms = (const struct rules_vm *const *)vms,
				     .vms_count = count,
				     .host = state->host,
				     .host_count = state->host_count,
				     .log_group = state->kernel.log_group},
			&commands);
	if (code < 0)
		return error_set(error, code, "out of memory");
	code = table_run(state->kernel.nft, commands, error);
	if (code == 0)
		host_ports_tell(state, vms, count);
	return code;
}

/* ---- routes through netvms ---- */

static struct net_address address4(const struct in_addr *address)
{
	struct net_address ret = {.family = AF_INET};

	memcpy(ret.bytes, address, sizeof(*address));
	return ret;
}

static struct net_address address6(const struct in6_addr *address)
{
	struct net_address ret = {.family = AF_INET6};

	memcpy(ret.bytes, address, sizeof(*address));
	return ret;
}

/* What goes through a netvm goes to its guest, behind this TAP. */
static int netvm_route(struct state *state, struct rules_vm *const *slot)
{
	const struct net_interface *down = &(*slot)->attachment.down;
	const struct net_address guests[] = {address4(&down->guest4), address6(&down->guest6)};
	int index = route_index(state->kernel.route, down->tap);
	int code = 0;

	for (size_t i = 0; i < 2 && code == 0; i++)
		code = route_set_default(
			state->kernel.route, table_of(state, slot), index, &guests[i]);
	return code;
}

static int client_route(struct state *state, const struct net_attachment *vm, bool remove)
{
	struct rules_vm **netvm = vm->netvm[0] ? slot_find(state, vm->netvm) : NULL;

	return netvm ? route_set_rule(
			       state->kernel.route, vm->up.tap, table_of(state, netvm), remove)
		     : 0;
}

/* A netvm that comes, or goes, has clients already. */
static void clients_route(
	struct state *state, struct rules_vm *const *netvm, const char *name, bool remove)
{
	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (state->vms[i] && strcmp(state->vms[i]->attachment.netvm, name) == 0)
			route_set_rule(state->kernel.route, state->vms[i]->attachment.up.tap,
				table_of(state, netvm), remove);
}

/* ---- what is published ---- */

static int publish(struct state *state, struct rules_vm *const *slot,
	const struct net_attachment *attachment, struct error *error)
{
	_cleanup_free_ struct net_attachment *none = NULL;

	if (!state->kernel.on_publish)
		return 0;
	if (attachment->offline) {
		none = malloc(sizeof(*none));
		if (!none)
			return error_set(error, UV_ENOMEM, "out of memory");
		*none = *attachment;
		none->publish_count = 0;
	}
	return state->kernel.on_publish(
		state->kernel.data, (size_t)(slot - state->vms), none ? none : attachment, error);
}

static void unpublish(struct state *state, struct rules_vm *const *slot)
{
	struct error error;
	struct net_attachment *vm = &(*slot)->attachment;

	vm->publish_count = 0;
	publish(state, slot, vm, &error);
}

/* ---- requests ---- */

static int added(struct state *state, const struct net_attachment *attachment, struct error *error)
{
	struct rules_vm **slot = slot_free(state);

	if (!slot)
		return error_set(error, UV_ENOSPC,
			"there are %d VMs with a network, no more can "
			"have one",
			NET_VMS_MAX);
	*slot = calloc(1, sizeof(**slot));
	if (!*slot)
		return error_set(error, UV_ENOMEM, "out of memory");
	(*slot)->attachment = *attachment;
	int code = rules_apply(state, error);
	if (code < 0) {
		free(*slot);
		*slot = NULL;
	} else {
		clients_route(state, slot, attachment->vm, false);
	}
	return code;
}

/* A route that was is ended first: rules let nothing pass where it has no way. */
static int changed(struct state *state, struct rules_vm *vm,
	const struct net_attachment *attachment, struct error *error)
{
	struct net_attachment before = vm->attachment;

	seen_move(vm, attachment);
	vm->attachment = *attachment;
	int code = rules_apply(state, error);
	if (code < 0)
		vm->attachment = before;
	else
		client_route(state, &before, true);
	return code;
}

/* A VM that begins has all that it declares, or does not begin. */
static int published(struct state *state, const struct net_attachment *attachment, bool is_new,
	struct error *error)
{
	struct error ignored;
	int code = publish(state, slot_find(state, attachment->vm), attachment, error);

	if (code < 0 && is_new)
		state_remove(state, attachment->vm, &ignored);
	return code;
}

int state_set(struct state *state, const struct net_attachment *attachment, struct error *error)
{
	struct rules_vm **slot = slot_find(state, attachment->vm);

	int code =
		slot ? changed(state, *slot, attachment, error) : added(state, attachment, error);
	if (code < 0)
		return code;
	code = published(state, attachment, !slot, error);
	if (code < 0)
		return code;
	code = client_route(state, attachment, false);
	if (code == 0 && state->kernel.host)
		foreign_find(state->kernel.host, VETH_NAME, error->text, sizeof(error->text));
	return code < 0 ? error_set(error, code, "cannot route through the netvm \"%s\": %s",
				  attachment->netvm, uv_strerror(code))
			: 0;
}

int state_tap(
	struct state *state, const char *vm, enum net_side side, int *ret_fd, struct error *error)
{
	struct rules_vm **slot = slot_find(state, vm);

	if (!slot || (side == NET_DOWN && !(*slot)->attachment.is_netvm))
		return error_set(error, UV_ENOENT, "the VM \"%s\" has no such network", vm);
	const struct net_attachment *attachment = &(*slot)->attachment;
	_cleanup_close_ int fd = -1;
	int code = tap_make(state->kernel.route, state->kernel.directory,
		side == NET_UP ? &attachment->up : &attachment->down, attachment->mtu, &fd, error);
	if (code < 0)
		return code;
	if (side == NET_DOWN && (code = netvm_route(state, slot)) < 0)
		return error_set(error, code, "cannot route to the netvm: %s", uv_strerror(code));
	*ret_fd = steal_fd(&fd);
	return 0;
}

static void link_remove(struct state *state, const struct net_interface *interface)
{
	int index = route_index(state->kernel.route, interface->tap);

	if (index)
		route_delete_link(state->kernel.route, index);
}

static void links_remove(struct state *state, const struct net_attachment *vm)
{
	link_remove(state, &vm->up);
	if (vm->is_netvm)
		link_remove(state, &vm->down);
}

int state_remove(struct state *state, const char *vm, struct error *error)
{
	struct rules_vm **slot = slot_find(state, vm);

	if (!slot)
		return 0;
	struct rules_vm *gone = *slot;
	unpublish(state, slot);
	links_remove(state, &gone->attachment);
	client_route(state, &gone->attachment, true);
	clients_route(state, slot, vm, true);
	*slot = NULL;
	int code = rules_apply(state, error);
	free(gone);
	return code;
}

int state_set_host(
	struct state *state, const struct net_address *addresses, size_t count, struct error *error)
{
	memcpy(state->host, addresses, count * sizeof(*addresses));
	state->host_count = count;
	return rules_apply(state, error);
}

size_t state_count(struct state *state, const struct rules_vm *ret[NET_VMS_MAX])
{
	struct rules_vm *vms[NET_VMS_MAX];
	size_t count = vms_list(state, vms);

	table_count(state->kernel.nft, vms, count);
	for (size_t i = 0; i < count; i++)
		ret[i] = vms[i];
	return count;
}

static bool is_guest(const struct net_interface *interface, const struct net_address *address)
{
	return address->family == AF_INET
		       ? memcmp(&interface->guest4, address->bytes, sizeof(interface->guest4)) == 0
		       : memcmp(&interface->guest6, address->bytes, sizeof(interface->guest6)) == 0;
}

int state_seen(struct state *state, const struct net_address *client, const char *name,
	const struct net_address *addresses, size_t count, struct error *error)
{
	uint64_t now_ms = uv_hrtime() / 1000000;

	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (state->vms[i] && is_guest(&state->vms[i]->attachment.up, client))
			return seen_add(state->vms[i], name, addresses, count, now_ms)
				       ? rules_apply(state, error)
				       : 0;
	return 0;
}

const char *state_vm_at(const struct state *state, size_t place)
{
	return place < NET_VMS_MAX && state->vms[place] ? state->vms[place]->attachment.vm : NULL;
}

bool state_is_used(const struct state *state)
{
	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (state->vms[i] &&
			route_index(state->kernel.route, state->vms[i]->attachment.up.tap))
			return true;
	return false;
}

/* A namespace lasts as long as any monitor has a TAP of it: nothing may pass any more. */
void state_finish(struct state *state)
{
	for (size_t i = 0; i < NET_VMS_MAX; i++) {
		if (!state->vms[i])
			continue;
		links_remove(state, &state->vms[i]->attachment);
		free(state->vms[i]);
	}
	*state = (struct state){0};
}
