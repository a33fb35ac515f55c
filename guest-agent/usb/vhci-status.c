#include "guest-agent/usb/vhci-status.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#define STATE_FREE 4

int vhci_status_free_port(const char *text, bool super_speed, unsigned int *ret_port)
{
	int code = UV_EINVAL;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char hub[3];
		unsigned int port, state;
		if (sscanf(line, "%2s %u %u", hub, &port, &state) != 3 ||
			strcmp(hub, super_speed ? "ss" : "hs") != 0)
			continue;
		code = UV_EBUSY;
		if (state != STATE_FREE)
			continue;
		*ret_port = port;
		return 0;
	}
	return code;
}
