#include "host-broker/net/refused/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define ANSWER_MS 2000
#define ATTRIBUTE_MAX 16

/* linux/netfilter/nfnetlink_log.h: one attribute of a configuration. */
struct config {
	struct nlmsghdr header;
	struct nfgenmsg group;
	struct nlattr attribute;
	uint8_t value[ATTRIBUTE_MAX];
};

static int config_ask(int fd, uint16_t type, const void *value, size_t size)
{
	struct config config = {
		.header = {.nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.group = {.version = NFNETLINK_V0, .res_id = htons(REFUSED_GROUP)},
		.attribute = {.nla_type = type,
			.nla_len = (uint16_t)(sizeof(struct nlattr) + size)},
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		uint8_t rest[256];
	} answer;
	struct pollfd answered = {.fd = fd, .events = POLLIN};

	memcpy(config.value, value, size);
	config.header.nlmsg_len = (uint32_t)(offsetof(struct config, value) + NLA_ALIGN(size));
	if (send(fd, &config, config.header.nlmsg_len, 0) < 0)
		return -errno;
	if (poll(&answered, 1, ANSWER_MS) != 1)
		return UV_ETIMEDOUT;
	ssize_t length = recv(fd, &answer, sizeof(answer), 0);
	if (length < (ssize_t)(sizeof(answer.header) + sizeof(answer.error.error)) ||
		answer.header.nlmsg_type != NLMSG_ERROR)
		return UV_EPROTO;
	return answer.error.error;
}

int refused_log_open(void)
{
	const struct nfulnl_msg_config_cmd bind = {.command = NFULNL_CFG_CMD_BIND};
	const struct nfulnl_msg_config_mode mode = {
		.copy_range = htonl(64), .copy_mode = NFULNL_COPY_PACKET};
	const uint32_t at_once = htonl(1);
	_cleanup_close_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);

	if (fd < 0)
		return -errno;
	int code = config_ask(fd, NFULA_CFG_CMD, &bind, sizeof(bind));
	if (code == 0)
		code = config_ask(fd, NFULA_CFG_MODE, &mode, sizeof(mode));
	if (code == 0)
		code = config_ask(fd, NFULA_CFG_QTHRESH, &at_once, sizeof(at_once));
	return code < 0 ? code : steal_fd(&fd);
}

/* ---- what it says ---- */

static void attribute_take(const struct nlattr *attribute, const uint8_t *value, size_t size,
	struct refused *ret, bool *ret_good)
{
	uint16_t type = attribute->nla_type & NLA_TYPE_MASK;

	if (type == NFULA_PREFIX && size > 0 && size <= sizeof(ret->vm))
		memcpy(ret->vm, value, size - 1);
	else if (type == NFULA_PAYLOAD)
		*ret_good = refused_packet_parse(value, size, &ret->packet);
}

static bool message_parse(const uint8_t *bytes, size_t length, struct refused *ret)
{
	size_t at = sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg);
	bool good = false;

	memset(ret, 0, sizeof(*ret));
	while (at + sizeof(struct nlattr) <= length) {
		struct nlattr attribute;
		memcpy(&attribute, bytes + at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > length - at)
			return false;
		attribute_take(&attribute, bytes + at + sizeof(attribute),
			attribute.nla_len - sizeof(attribute), ret, &good);
		at += NLA_ALIGN((size_t)attribute.nla_len);
	}
	return good && ret->vm[0];
}

/* One a datagram, since the kernel is to wait for no second. */
bool refused_log_take(int fd, struct refused *ret)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[4096];
	} packet;
	ssize_t length = recv(fd, &packet, sizeof(packet), MSG_DONTWAIT);

	return length >= (ssize_t)sizeof(packet.header) &&
	       packet.header.nlmsg_type == (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) &&
	       packet.header.nlmsg_len <= (size_t)length &&
	       message_parse(packet.bytes, packet.header.nlmsg_len, ret);
}
