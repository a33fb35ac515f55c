/* In the place of vmsilo-net's calls into the kernel: every other one fails. */
#include <fcntl.h>
#include <uv.h>

#include "host-broker/net/foreign/foreign.h"
#include "host-broker/net/route.h"
#include "host-broker/net/table.h"
#include "host-broker/net/tap.h"

static unsigned int calls;

static int outcome(void)
{
	return ++calls % 5 == 0 ? UV_EIO : 0;
}

void foreign_find(struct nft_ctx *host, const char *interface, char *ret, size_t size)
{
	(void)host;
	(void)interface;
	if (size > 0)
		ret[0] = '\0';
}

int route_index(struct nl_sock *route, const char *name)
{
	(void)route;
	(void)name;
	return ++calls % 2 ? 7 : 0;
}

int route_delete_link(struct nl_sock *route, int index)
{
	(void)route;
	(void)index;
	return outcome();
}

int route_set_default(
	struct nl_sock *route, uint32_t table, int index, const struct net_address *gateway)
{
	(void)route;
	(void)table;
	(void)index;
	(void)gateway;
	return outcome();
}

int route_set_rule(struct nl_sock *route, const char *name, uint32_t table, bool remove)
{
	(void)route;
	(void)name;
	(void)table;
	(void)remove;
	return outcome();
}

int table_run(struct nft_ctx *nft, const char *commands, struct error *error)
{
	(void)nft;
	(void)commands;
	return error_set(error, outcome(), "as the test has it");
}

int table_count(struct nft_ctx *nft, struct rules_vm *const *vms, size_t count)
{
	(void)nft;
	for (size_t i = 0; i < count; i++)
		vms[i]->counts[RULES_SENT].packets++;
	return outcome();
}

int tap_make(struct nl_sock *route, int directory, const struct net_interface *interface,
	uint16_t mtu, int *ret_fd, struct error *error)
{
	int code = outcome();

	(void)route;
	(void)directory;
	(void)mtu;
	(void)interface;
	if (code < 0)
		return error_set(error, code, "as the test has it");
	*ret_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return 0;
}
