#include "guest-agent/network/nf-batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

#define ANSWER_SECONDS 5
#define ANSWER_SIZE 8192
#define REGISTER NFT_REG_1 /* the one that our rules use */
/* As nft(8) has them: include/net/netfilter/nf_conntrack.h, which is not for programs. */
#define CT_ANSWERS ((1u << (IP_CT_ESTABLISHED + 1)) | (1u << (IP_CT_RELATED + 1)))

/* ---- messages and attributes ---- */

static void add(struct nf_batch *batch, const void *bytes, size_t size)
{
	size_t padded = NLMSG_ALIGN(size);

	if (batch->full || padded > sizeof(batch->bytes) - batch->length) {
		batch->full = true;
		return;
	}
	memset(batch->bytes + batch->length, 0, padded);
	memcpy(batch->bytes + batch->length, bytes, size);
	batch->length += padded;
}

static void attribute_add(struct nf_batch *batch, uint16_t type, const void *value, size_t size)
{
	const struct nlattr attribute = {
		.nla_type = type, .nla_len = (uint16_t)(sizeof(attribute) + size)};

	add(batch, &attribute, sizeof(attribute));
	add(batch, value, size);
}

static void text_add(struct nf_batch *batch, uint16_t type, const char *text)
{
	attribute_add(batch, type, text, strlen(text) + 1);
}

static void number_add(struct nf_batch *batch, uint16_t type, uint32_t number)
{
	const uint32_t big = htonl(number);

	attribute_add(batch, type, &big, sizeof(big));
}

static void nest_begin(struct nf_batch *batch, uint16_t type)
{
	if (batch->nests_count == sizeof(batch->nests) / sizeof(batch->nests[0])) {
		batch->full = true;
		return;
	}
	batch->nests[batch->nests_count++] = batch->length;
	attribute_add(batch, type | NLA_F_NESTED, "", 0);
}

static void nest_end(struct nf_batch *batch)
{
	if (batch->full || batch->nests_count == 0)
		return;
	size_t begin = batch->nests[--batch->nests_count];
	const uint16_t length = (uint16_t)(batch->length - begin);

	memcpy(batch->bytes + begin + offsetof(struct nlattr, nla_len), &length, sizeof(length));
}

static void message_begin(struct nf_batch *batch, uint16_t type, uint16_t flags, uint16_t resource)
{
	const struct nlmsghdr header = {.nlmsg_type = type,
		.nlmsg_flags = flags | NLM_F_REQUEST,
		.nlmsg_seq = ++batch->sequence};
	const struct nfgenmsg family = {
		.nfgen_family = flags & NLM_F_ACK ? NFPROTO_INET : AF_UNSPEC,
		.version = NFNETLINK_V0,
		.res_id = htons(resource)};

	batch->message = batch->length;
	add(batch, &header, sizeof(header));
	add(batch, &family, sizeof(family));
}

static void message_end(struct nf_batch *batch)
{
	const uint32_t length = (uint32_t)(batch->length - batch->message);

	if (!batch->full)
		memcpy(batch->bytes + batch->message + offsetof(struct nlmsghdr, nlmsg_len),
			&length, sizeof(length));
}

static void request_begin(struct nf_batch *batch, uint16_t type, uint16_t flags)
{
	message_begin(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
		(uint16_t)(flags | NLM_F_ACK), 0);
}

/* ---- tables, chains, rules ---- */

void nf_socket_init(struct nf_socket *nf_socket)
{
	*nf_socket = (struct nf_socket){.fd = -1};
}

void nf_socket_close(struct nf_socket *nf_socket)
{
	if (nf_socket->fd >= 0)
		close(nf_socket->fd);
	nf_socket->fd = -1;
}

void nf_batch_init(struct nf_batch *batch, struct nf_socket *nf_socket, const char *table)
{
	batch->length = batch->nests_count = 0;
	batch->nf_socket = nf_socket;
	batch->sequence = nf_socket->sequence;
	batch->first = batch->sequence + 1;
	batch->full = false;
	batch->table = table;
	message_begin(batch, NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES);
	message_end(batch);
}

void nf_batch_table(struct nf_batch *batch, bool remove)
{
	request_begin(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	text_add(batch, NFTA_TABLE_NAME, batch->table);
	/* One that is to go may be anybody's. */
	if (!remove)
		number_add(batch, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	message_end(batch);
	if (!remove)
		return;
	request_begin(batch, NFT_MSG_DELTABLE, 0);
	text_add(batch, NFTA_TABLE_NAME, batch->table);
	message_end(batch);
}

void nf_batch_chain(struct nf_batch *batch, const struct nf_chain *chain)
{
	request_begin(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	text_add(batch, NFTA_CHAIN_TABLE, batch->table);
	text_add(batch, NFTA_CHAIN_NAME, chain->name);
	nest_begin(batch, NFTA_CHAIN_HOOK);
	number_add(batch, NFTA_HOOK_HOOKNUM, chain->hook);
	number_add(batch, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
	nest_end(batch);
	text_add(batch, NFTA_CHAIN_TYPE, chain->type);
	message_end(batch);
}

void nf_batch_rule(struct nf_batch *batch, const char *chain)
{
	request_begin(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	text_add(batch, NFTA_RULE_TABLE, batch->table);
	text_add(batch, NFTA_RULE_CHAIN, chain);
	nest_begin(batch, NFTA_RULE_EXPRESSIONS);
}

void nf_batch_rule_end(struct nf_batch *batch)
{
	nest_end(batch);
	message_end(batch);
}

/* ---- expressions ---- */

static void expression_begin(struct nf_batch *batch, const char *name)
{
	nest_begin(batch, NFTA_LIST_ELEM);
	text_add(batch, NFTA_EXPR_NAME, name);
	nest_begin(batch, NFTA_EXPR_DATA);
}

static void expression_end(struct nf_batch *batch)
{
	nest_end(batch);
	nest_end(batch);
}

static void data_add(struct nf_batch *batch, uint16_t type, const void *value, size_t size)
{
	nest_begin(batch, type);
	attribute_add(batch, NFTA_DATA_VALUE, value, size);
	nest_end(batch);
}

static void compare(struct nf_batch *batch, uint32_t how, const void *value, size_t size)
{
	expression_begin(batch, "cmp");
	number_add(batch, NFTA_CMP_SREG, REGISTER);
	number_add(batch, NFTA_CMP_OP, how);
	data_add(batch, NFTA_CMP_DATA, value, size);
	expression_end(batch);
}

static void meta_load(struct nf_batch *batch, uint32_t key)
{
	expression_begin(batch, "meta");
	number_add(batch, NFTA_META_KEY, key);
	number_add(batch, NFTA_META_DREG, REGISTER);
	expression_end(batch);
}

void nf_match_interface(struct nf_batch *batch, uint32_t key, int index, bool equal)
{
	meta_load(batch, key);
	compare(batch, equal ? NFT_CMP_EQ : NFT_CMP_NEQ, &index, sizeof(index));
}

void nf_match_meta(struct nf_batch *batch, uint32_t key, uint8_t value)
{
	meta_load(batch, key);
	compare(batch, NFT_CMP_EQ, &value, sizeof(value));
}

static void payload_load(struct nf_batch *batch, uint32_t base, uint32_t offset, size_t size)
{
	expression_begin(batch, "payload");
	number_add(batch, NFTA_PAYLOAD_DREG, REGISTER);
	number_add(batch, NFTA_PAYLOAD_BASE, base);
	number_add(batch, NFTA_PAYLOAD_OFFSET, offset);
	number_add(batch, NFTA_PAYLOAD_LEN, (uint32_t)size);
	expression_end(batch);
}

void nf_match_payload(
	struct nf_batch *batch, uint32_t base, uint32_t offset, const void *value, size_t size)
{
	payload_load(batch, base, offset, size);
	compare(batch, NFT_CMP_EQ, value, size);
}

/* What is in the register, of so many bytes. */
static void mask_apply(struct nf_batch *batch, const void *mask, const void *none, size_t size)
{
	expression_begin(batch, "bitwise");
	number_add(batch, NFTA_BITWISE_SREG, REGISTER);
	number_add(batch, NFTA_BITWISE_DREG, REGISTER);
	number_add(batch, NFTA_BITWISE_LEN, (uint32_t)size);
	data_add(batch, NFTA_BITWISE_MASK, mask, size);
	data_add(batch, NFTA_BITWISE_XOR, none, size);
	expression_end(batch);
}

void nf_match_answers(struct nf_batch *batch)
{
	const uint32_t mask = CT_ANSWERS, none = 0;

	expression_begin(batch, "ct");
	number_add(batch, NFTA_CT_KEY, NFT_CT_STATE);
	number_add(batch, NFTA_CT_DREG, REGISTER);
	expression_end(batch);
	mask_apply(batch, &mask, &none, sizeof(mask));
	compare(batch, NFT_CMP_NEQ, &none, sizeof(none));
}

void nf_verdict(struct nf_batch *batch, uint32_t verdict)
{
	expression_begin(batch, "immediate");
	number_add(batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	nest_begin(batch, NFTA_IMMEDIATE_DATA);
	nest_begin(batch, NFTA_DATA_VERDICT);
	number_add(batch, NFTA_VERDICT_CODE, verdict);
	nest_end(batch);
	nest_end(batch);
	expression_end(batch);
}

static void segment_load(struct nf_batch *batch)
{
	expression_begin(batch, "rt");
	number_add(batch, NFTA_RT_DREG, REGISTER);
	number_add(batch, NFTA_RT_KEY, NFT_RT_TCPMSS);
	expression_end(batch);
	expression_begin(batch, "byteorder");
	number_add(batch, NFTA_BYTEORDER_SREG, REGISTER);
	number_add(batch, NFTA_BYTEORDER_DREG, REGISTER);
	number_add(batch, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	number_add(batch, NFTA_BYTEORDER_LEN, sizeof(uint16_t));
	number_add(batch, NFTA_BYTEORDER_SIZE, sizeof(uint16_t));
	expression_end(batch);
}

void nf_segment_fit(struct nf_batch *batch)
{
	const uint8_t mask = TH_SYN | TH_RST, syn = TH_SYN, none = 0, option = TCPOPT_MAXSEG;

	payload_load(batch, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct tcphdr, th_flags),
		sizeof(mask));
	mask_apply(batch, &mask, &none, sizeof(mask));
	compare(batch, NFT_CMP_EQ, &syn, sizeof(syn));
	segment_load(batch);
	expression_begin(batch, "exthdr");
	number_add(batch, NFTA_EXTHDR_SREG, REGISTER);
	attribute_add(batch, NFTA_EXTHDR_TYPE, &option, sizeof(option));
	number_add(batch, NFTA_EXTHDR_OFFSET, 2); /* behind its kind and its length */
	number_add(batch, NFTA_EXTHDR_LEN, sizeof(uint16_t));
	number_add(batch, NFTA_EXTHDR_OP, NFT_EXTHDR_OP_TCPOPT);
	expression_end(batch);
}

void nf_masquerade(struct nf_batch *batch)
{
	expression_begin(batch, "masq");
	expression_end(batch);
}

void nf_destination4(struct nf_batch *batch, const struct in_addr *address)
{
	expression_begin(batch, "immediate");
	number_add(batch, NFTA_IMMEDIATE_DREG, REGISTER);
	data_add(batch, NFTA_IMMEDIATE_DATA, address, sizeof(*address));
	expression_end(batch);
	expression_begin(batch, "nat");
	number_add(batch, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	number_add(batch, NFTA_NAT_FAMILY, NFPROTO_IPV4);
	number_add(batch, NFTA_NAT_REG_ADDR_MIN, REGISTER);
	expression_end(batch);
}

/* ---- the transaction ---- */

/* Of one packet; each of our requests is answered. True: the last was, or all were refused. */
static bool answers_read(
	const struct nf_batch *batch, const struct nlmsghdr *message, size_t length, int *code)
{
	struct nlmsgerr error;
	bool over = false;

	for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
		uint32_t at = message->nlmsg_seq - batch->first;
		/* Those of an earlier batch come first. */
		if (message->nlmsg_type != NLMSG_ERROR || at > batch->sequence - batch->first ||
			message->nlmsg_len < NLMSG_LENGTH(sizeof(error.error)))
			continue;
		memcpy(&error.error, NLMSG_DATA(message), sizeof(error.error));
		if (*code == 0)
			*code = error.error;
		/* The first is the batch itself, the last but one the last request. */
		over = over || at == 0 || message->nlmsg_seq == batch->sequence - 1;
	}
	return over;
}

static int answers_wait(const struct nf_batch *batch)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[ANSWER_SIZE];
	} answer;
	bool over = false;
	int code = 0;

	while (!over) {
		ssize_t length = recv(batch->nf_socket->fd, &answer, sizeof(answer), 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return code < 0 ? code : -errno;
		over = answers_read(batch, &answer.header, (size_t)length, &code);
	}
	return code;
}

static int socket_open(struct nf_socket *nf_socket)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	const struct timeval limit = {.tv_sec = ANSWER_SECONDS};

	if (nf_socket->fd >= 0)
		return 0;
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	nf_socket->fd = steal_fd(&fd);
	return 0;
}

int nf_batch_send(struct nf_batch *batch)
{
	message_begin(batch, NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES);
	message_end(batch);
	if (batch->full)
		return -EMSGSIZE;
	int code = socket_open(batch->nf_socket);
	if (code < 0)
		return code;
	batch->nf_socket->sequence = batch->sequence;
	if (send(batch->nf_socket->fd, batch->bytes, batch->length, 0) < 0)
		return -errno;
	return answers_wait(batch);
}
