#include "host-broker/idle/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

const char *reason_name(enum reason_code code)
{
	static const char *const names[REASON_CODES] = {
		[REASON_NONE] = "none",
		[REASON_STARTING] = "starting",
		[REASON_SESSIONS] = "sessions",
		[REASON_INHIBITED] = "inhibited",
		[REASON_USB] = "usb",
		[REASON_TRAY] = "tray",
		[REASON_WINDOW] = "window",
		[REASON_HIDDEN] = "hidden-window",
		[REASON_NETWORK_CLIENT] = "network-client",
		[REASON_NO_AGENT] = "no-agent",
		[REASON_STALLED] = "stalled",
		[REASON_PROGRAMS] = "programs",
		[REASON_GUEST] = "guest",
		[REASON_CPU] = "cpu",
		[REASON_NETWORK] = "network",
		[REASON_NO_IDLE] = "no-idle",
		[REASON_REBOOTED] = "rebooted",
		[REASON_EMULATED] = "emulated",
		[REASON_PAUSED] = "paused",
		[REASON_IDLE] = "idle",
		[REASON_STOPPING] = "stopping",
		[REASON_ASKED] = "asked",
		[REASON_POWERED_OFF] = "powered-off",
		[REASON_LOST] = "lost",
		[REASON_START_FAILED] = "start-failed",
		[REASON_MEMORY] = "memory",
		[REASON_BACK_OFF] = "back-off",
		[REASON_NEVER_STARTED] = "never-started",
	};

	return code < REASON_CODES ? names[code] : "?";
}

void reason_make(struct reason *reason, enum reason_code code, uint64_t at_ms, const char *subject,
	const char *format, ...)
{
	char text[REASON_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	*reason = (struct reason){.code = code, .at_ms = at_ms};
	text_escape(reason->subject, sizeof(reason->subject), subject, strlen(subject));
	text_escape(reason->text, sizeof(reason->text), text, strlen(text));
}

void reasons_add(struct reasons *reasons, const struct reason *reason)
{
	if (reasons->count < REASONS_MAX)
		reasons->items[reasons->count++] = *reason;
	else
		reasons->left_out++;
}
