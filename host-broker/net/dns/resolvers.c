#include "host-broker/net/dns/resolvers.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define FILE_MAX 16384 /* of resolv.conf; lines behind it do not count */
#define WORD "nameserver"

static void resolver_add(struct resolvers *resolvers, const char *text)
{
	struct sockaddr_storage *at = &resolvers->list[resolvers->count];

	if (resolvers->count == RESOLVERS_MAX)
		return;
	*at = (struct sockaddr_storage){0};
	if (uv_ip4_addr(text, RESOLVERS_PORT, (struct sockaddr_in *)at) == 0 ||
		(!strchr(text, '%') &&
			uv_ip6_addr(text, RESOLVERS_PORT, (struct sockaddr_in6 *)at) == 0))
		resolvers->count++;
}

static void line_take(struct resolvers *resolvers, const char *line, size_t length)
{
	char text[INET6_ADDRSTRLEN + 1];
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
		resolver_add(resolvers, "127.0.0.1");
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
