#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-agent/setup/files.h"
#include "guest-agent/setup/places.h"
#include "proto/base/cleanup.h"

#define OWN_ADDRESS "127.0.1.1" /* as Debian has it: resolves the name without a network */

static bool is_own(const char *line)
{
	size_t length = strlen(OWN_ADDRESS);

	return strncmp(line, OWN_ADDRESS, length) == 0 && strchr(" \t", line[length]);
}

/* The lines of text without that of our address, and then ours; NULL: memory is short. */
static char *hosts_make(const char *text, const char *name)
{
	size_t size = strlen(text) + strlen(name) + sizeof(OWN_ADDRESS "\t\n\n");
	char *made = malloc(size), *end = made;

	if (!made)
		return NULL;
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		if (!is_own(line))
			end += snprintf(
				end, size - (size_t)(end - made), "%.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	snprintf(end, size - (size_t)(end - made), OWN_ADDRESS "\t%s\n", name);
	return made;
}

static int hosts_write(const char *root, const char *name)
{
	_cleanup_free_ char *text = files_read(root, "etc/hosts");
	_cleanup_free_ char *made = text ? hosts_make(text, name) : NULL;

	return made ? files_write(root, "etc/hosts", made, 0644) : -ENOMEM;
}

void host_name_settle(const char *root, const char *name, struct problems *problems)
{
	char line[VM_NAME_MAX + 2];
	int code;

	if (!name[0])
		return;
	if (strcmp(root, "/") == 0 && sethostname(name, strlen(name)) < 0)
		problems_add(problems, "cannot set the host name %s: %s", name, strerror(errno));
	snprintf(line, sizeof(line), "%s\n", name);
	code = files_write(root, "etc/hostname", line, 0644);
	if (code < 0)
		problems_add(problems, "cannot write /etc/hostname: %s", strerror(-code));
	code = hosts_write(root, name);
	if (code < 0)
		problems_add(problems, "cannot write /etc/hosts: %s", strerror(-code));
}
