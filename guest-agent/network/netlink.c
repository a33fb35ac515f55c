#include "guest-agent/network/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_SIZE (32 * 1024) /* bytes: the kernel fills less at a time (netlink(7)) */
#define ANSWER_SECONDS 5

int netlink_open(struct netlink *netlink)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	const struct timeval limit = {.tv_sec = ANSWER_SECONDS};

	*netlink =
		(struct netlink){.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
	if (netlink->fd < 0 ||
		connect(netlink->fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0 ||
		setsockopt(netlink->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->fd >= 0)
		close(netlink->fd);
	netlink->fd = -1;
}

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags,
	const void *first, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = flags | NLM_F_REQUEST;
	request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
	memcpy(NLMSG_DATA(&request->header), first, size);
}

void netlink_add(struct netlink_request *request, uint16_t type, const void *value, size_t size)
{
	const struct rtattr attribute = {.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(size)};
	size_t at = NLMSG_ALIGN(request->header.nlmsg_len);

	memcpy(request->bytes + at, &attribute, sizeof(attribute));
	memcpy(request->bytes + at + RTA_LENGTH(0), value, size);
	request->header.nlmsg_len = (uint32_t)(at + RTA_LENGTH(size));
}

static int ask(struct netlink *netlink, struct netlink_request *request)
{
	request->header.nlmsg_seq = ++netlink->sequence;
	return send(netlink->fd, request, request->header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* What the kernel says of a message that is no answer by itself. */
static int error_of(const struct nlmsghdr *message)
{
	struct nlmsgerr error;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(error.error)))
		return -EBADMSG;
	memcpy(&error.error, NLMSG_DATA(message), sizeof(error.error));
	return error.error;
}

struct reading {
	uint32_t sequence;
	uint16_t type;
	void (*each)(void *data, const struct nlmsghdr *message);
	void *data;
	bool over;
};

/* Those of one packet. What answers another request is left alone. */
static int packet_read(struct reading *reading, const struct nlmsghdr *message, size_t length)
{
	for (; !reading->over && NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
		if (message->nlmsg_seq != reading->sequence)
			continue;
		reading->over =
			message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR;
		if (message->nlmsg_type == NLMSG_ERROR)
			return error_of(message);
		if (message->nlmsg_type == reading->type && reading->each)
			reading->each(reading->data, message);
	}
	return 0;
}

static int answer_read(struct netlink *netlink, struct reading *reading)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[ANSWER_SIZE];
	} answer;
	int code = 0;

	while (code == 0 && !reading->over) {
		ssize_t length = recv(netlink->fd, &answer, sizeof(answer), 0);
		if (length < 0 && errno == EINTR)
			continue;
		code = length < 0 ? -errno : packet_read(reading, &answer.header, (size_t)length);
	}
	return code;
}

int netlink_do(struct netlink *netlink, struct netlink_request *request)
{
	request->header.nlmsg_flags |= NLM_F_ACK;
	int code = ask(netlink, request);
	struct reading reading = {.sequence = netlink->sequence};

	return code < 0 ? code : answer_read(netlink, &reading);
}

int netlink_list(struct netlink *netlink, struct netlink_request *request, uint16_t type,
	void (*each)(void *data, const struct nlmsghdr *message), void *data)
{
	request->header.nlmsg_flags |= NLM_F_DUMP;
	int code = ask(netlink, request);
	struct reading reading = {
		.sequence = netlink->sequence, .type = type, .each = each, .data = data};

	return code < 0 ? code : answer_read(netlink, &reading);
}

const void *netlink_attribute(
	const struct nlmsghdr *message, size_t first, uint16_t type, size_t size)
{
	size_t at = NLMSG_SPACE(first), end = message->nlmsg_len;
	struct rtattr attribute;

	while (at + sizeof(attribute) <= end) {
		memcpy(&attribute, (const uint8_t *)message + at, sizeof(attribute));
		if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > end - at)
			return NULL;
		if (attribute.rta_type == type)
			return attribute.rta_len >= RTA_LENGTH(size)
				       ? (const uint8_t *)message + at + RTA_LENGTH(0)
				       : NULL;
		at += RTA_ALIGN(attribute.rta_len);
	}
	return NULL;
}
