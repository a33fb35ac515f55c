#include "host-broker/net/dns/resolvers.h"

#include <ctype.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define FILE_MAX 16384 /* of resolv.conf; lines behind it do not count */
#define WORD "nameserver"

/* By its name, or by its number as text; 0: there is none. if_nametoindex(3) makes a socket of a
 * kind that the relay may not have. */
static uint32_t scope_find(const char *name)
{
	struct ifreq request = {0};
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd >= 0 && ioctl(fd, SIOCGIFINDEX, &request) == 0)
		return (uint32_t)request.ifr_ifindex;
	return (uint32_t)strtoul(name, NULL, 10);
}

/* "fe80::1%eth0" is that one at eth0, as a router says of itself where there is no IPv4. */
static bool address6_parse(char *text, struct sockaddr_in6 *ret)
{
	char *scope = strchr(text, '%');

	if (scope)
		*scope++ = '\0';
	if (uv_ip6_addr(text, RESOLVERS_PORT, ret) < 0)
		return false;
	if (scope)
		ret->sin6_scope_id = scope_find(scope);
	return !scope || ret->sin6_scope_id != 0;
}

static void resolver_add(struct resolvers *resolvers, char *text)
{
	struct sockaddr_storage *at = &resolvers->list[resolvers->count];

	if (resolvers->count == RESOLVERS_MAX)
		return;
	*at = (struct sockaddr_storage){0};
	if (uv_ip4_addr(text, RESOLVERS_PORT, (struct sockaddr_in *)at) == 0 ||
		address6_parse(text, (struct sockaddr_in6 *)at))
		resolvers->count++;
}

static void line_take(struct resolvers *resolvers, const char *line, size_t length)
{
	char text[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
	size_t at = strlen(WORD), end;

	if (length <= at || memcmp(line, WORD, at) != 0 || !isblank((unsigned char)line[at]))
		return;
	while (at < length && isblank((unsigned char)line[at]))
		at++;
	for (end = at; end < length && !isspace((unsigned char)line[end]);)
		end++;
	if (end - at >= sizeof(text))
		return;
	memcpy(text, line + at, end - at);
	text[end - at] = '\0';
	resolver_add(resolvers, text);
}

void resolvers_parse(struct resolvers *resolvers, const char *text)
{
	resolvers->count = 0;
	while (*text) {
		size_t length = strcspn(text, "\n");
		line_take(resolvers, text, length);
		text += length + (text[length] == '\n');
	}
	if (resolvers->count == 0)
		resolver_add(resolvers, (char[]){"127.0.0.1"});
}

void resolvers_refresh(struct resolvers *resolvers, uint64_t now_ms)
{
	char text[FILE_MAX + 1];

	if (resolvers->count > 0 && now_ms - resolvers->read_ms < RESOLVERS_FRESH_MS)
		return;
	resolvers->read_ms = now_ms;
	_cleanup_close_ int fd = open(resolvers->path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, FILE_MAX);
	if (length < 0 && resolvers->count > 0)
		return;
	text[length < 0 ? 0 : length] = '\0';
	resolvers_parse(resolvers, text);
}
