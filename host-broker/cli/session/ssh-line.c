#include "host-broker/cli/session/ssh-line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define OWN_WORDS 8

/* As one word of the shell that ssh runs the command by, which expands % before. */
static int quote(char *out, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text; text++) {
		const char *piece = *text == '\'' ? "'\\''" : *text == '%' ? "%%" : NULL;
		size_t length = piece ? strlen(piece) : 1;
		if (used + length + 1 > size)
			return UV_ENAMETOOLONG;
		memcpy(out + used, piece ? piece : text, length);
		used += length;
	}
	out[used] = '\0';
	return 0;
}

int ssh_line_make(struct ssh_line *line, const char *self, const char *vm, const char *user,
	char *const *words)
{
	char quoted[SSH_LINE_OPTION_MAX];
	size_t count = 0, at = 0;
	int code = quote(quoted, sizeof(quoted), self);

	*line = (struct ssh_line){0};
	if (code < 0)
		return code;
	int proxy = snprintf(
		line->proxy, sizeof(line->proxy), "ProxyCommand='%s' shell --proxy %s", quoted, vm);
	int alias = snprintf(line->alias, sizeof(line->alias), "HostKeyAlias=vmsilo-%s", vm);
	if (proxy >= (int)sizeof(line->proxy) || alias >= (int)sizeof(line->alias))
		return UV_ENAMETOOLONG;
	while (words[count])
		count++;
	line->argv = calloc(OWN_WORDS + count + 1, sizeof(*line->argv));
	if (!line->argv)
		return UV_ENOMEM;
	line->argv[at++] = "ssh";
	line->argv[at++] = "-o";
	line->argv[at++] = line->proxy;
	line->argv[at++] = "-o";
	line->argv[at++] = line->alias;
	if (user[0]) {
		line->argv[at++] = "-l";
		line->argv[at++] = user;
	}
	line->argv[at++] = vm;
	memcpy(line->argv + at, words, count * sizeof(*words));
	return 0;
}

void ssh_line_finish(struct ssh_line *line)
{
	free(line->argv);
}
