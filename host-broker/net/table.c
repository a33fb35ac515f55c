#include "host-broker/net/table.h"

#include <jansson.h>
#include <limits.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define SOCKETS_LOOKED_AT 64 /* we have few descriptors */

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

/*
 * The rules of all VMs are one transaction, and one message. libnftables makes room for it by
 * SO_SNDBUFFORCE alone, which is root's; without, there is room for some 19 VMs. An ordinary user
 * gets twice net.core.wmem_max by SO_SNDBUF. The socket's number it tells nobody.
 */
static void messages_may_be_large(void)
{
	const int most = INT_MAX / 2;

	for (int fd = 0; fd < SOCKETS_LOOKED_AT; fd++)
		if (option_of(fd, SO_DOMAIN) == AF_NETLINK &&
			option_of(fd, SO_PROTOCOL) == NETLINK_NETFILTER)
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof(most));
}

int table_open(struct nft_ctx **ret)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	*ret = nft;
	if (!nft)
		return UV_ENOMEM;
	messages_may_be_large();
	nft_ctx_buffer_error(nft);
	nft_ctx_buffer_output(nft);
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_NUMERIC_ALL);
	return 0;
}

void table_close(struct nft_ctx *nft)
{
	if (nft)
		nft_ctx_free(nft);
}

int table_watch(void)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK, .nl_groups = 1u << (NFNLGRP_NFTABLES - 1)};
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return steal_fd(&fd);
}

bool table_is_there(struct nft_ctx *nft)
{
	return nft_run_cmd_from_buffer(nft, "list table inet vmsilo") == 0;
}

int table_run(struct nft_ctx *nft, const char *commands, struct error *error)
{
	if (nft_run_cmd_from_buffer(nft, commands) == 0)
		return 0;
	const char *words = nft_ctx_get_error_buffer(nft);
	return error_set(error, UV_EIO, "the kernel does not take the rules: %.*s",
		(int)strcspn(words, "\n"), words);
}

static void count_take(struct rules_vm *vm, const char *name, const struct rules_count *count)
{
	char own[VM_NAME_MAX + 16];

	for (int i = 0; i < RULES_COUNTERS; i++) {
		snprintf(own, sizeof(own), "%s-%s", rules_counter_name((enum rules_counter)i),
			vm->attachment.vm);
		if (strcmp(own, name) == 0)
			vm->counts[i] = *count;
	}
}

static void counter_take(json_t *entry, struct rules_vm *const *vms, size_t count)
{
	const char *name;
	json_int_t packets, bytes;

	if (json_unpack(entry, "{s:{s:s, s:I, s:I}}", "counter", "name", &name, "packets", &packets,
		    "bytes", &bytes) < 0)
		return;
	const struct rules_count found = {.packets = (uint64_t)packets, .bytes = (uint64_t)bytes};
	for (size_t i = 0; i < count; i++)
		count_take(vms[i], name, &found);
}

int table_count(struct nft_ctx *nft, struct rules_vm *const *vms, size_t count)
{
	size_t index;
	json_t *entry;

	if (nft_run_cmd_from_buffer(nft, "list counters table inet vmsilo") != 0)
		return UV_EIO;
	json_t *root = json_loads(nft_ctx_get_output_buffer(nft), 0, NULL);
	json_array_foreach (json_object_get(root, "nftables"), index, entry) {
		counter_take(entry, vms, count);
	}
	json_decref(root);
	return 0;
}
