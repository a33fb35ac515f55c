#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	bool json;
	int exit_code;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "one JSON object per line", OPTION_FLAG, offsetof(struct values, json),
		NULL},
	{0},
};

static const char *kind_name(Vmsilo__Broker__Event__Kind kind)
{
	static const char *const names[] = {"state", "agent", "agent-lost", "sessions", "note",
		"configured", "removed", "present-end", "idle", "usb"};

	return (unsigned int)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

static void time_format(uint64_t unix_ms, char *ret, size_t size)
{
	time_t seconds = (time_t)(unix_ms / 1000);
	struct tm local;

	localtime_r(&seconds, &local);
	size_t used = strftime(ret, size, "%H:%M:%S", &local);
	snprintf(ret + used, size - used, ".%03u", (unsigned int)(unix_ms % 1000));
}

static void words_format(const Vmsilo__Broker__Event *event, char *ret, size_t size)
{
	switch (event->kind) {
	case VMSILO__BROKER__EVENT__KIND__STATE:
		snprintf(ret, size, "%s%s%s", report_state_name(event->state),
			event->reason[0] ? ": " : "", event->reason);
		break;
	case VMSILO__BROKER__EVENT__KIND__SESSIONS:
		snprintf(ret, size, "%u session%s", event->sessions,
			event->sessions == 1 ? "" : "s");
		break;
	case VMSILO__BROKER__EVENT__KIND__AGENT:
		snprintf(ret, size, "its agent is connected");
		break;
	case VMSILO__BROKER__EVENT__KIND__AGENT_LOST:
		snprintf(ret, size, "its agent is disconnected");
		break;
	case VMSILO__BROKER__EVENT__KIND__IDLE:
		if (event->stop_at_ms > event->at_ms)
			snprintf(ret, size, "idle: stops in %u s",
				(unsigned int)((event->stop_at_ms - event->at_ms) / 1000));
		else
			snprintf(ret, size, "no longer idle");
		break;
	case VMSILO__BROKER__EVENT__KIND__NOTE:
	case VMSILO__BROKER__EVENT__KIND__USB:
		snprintf(ret, size, "%s", event->text);
		break;
	default:
		snprintf(ret, size, "%s", kind_name(event->kind));
		break;
	}
}

static void event_print(const Vmsilo__Broker__Event *event)
{
	char time[32], words[2048], printable[4096];

	if (event->kind == VMSILO__BROKER__EVENT__KIND__PRESENT_END)
		return;
	time_format(event->at_ms, time, sizeof(time));
	words_format(event, words, sizeof(words));
	text_escape(printable, sizeof(printable), words, strlen(words));
	printf("%s %-20s %s\n", time, event->vm, printable);
}

static const char *usb_kind_name(Vmsilo__Broker__UsbChange__Kind kind)
{
	static const char *const names[] = {"attached", "detached", "failed", "ask", "ask-end"};

	return (unsigned int)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

static json_t *usb_json(const Vmsilo__Broker__UsbChange *usb)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s}", "kind", usb_kind_name(usb->kind), "path",
		usb->path, "vendor", (json_int_t)usb->vendor, "product", (json_int_t)usb->product,
		"name", usb->name);
}

static void event_print_json(const Vmsilo__Broker__Event *event)
{
	json_t *root = json_pack("{s:I, s:s, s:s, s:b, s:s, s:s, s:I, s:b, s:s, s:s, s:I}", "at_ms",
		(json_int_t)event->at_ms, "vm", event->vm, "kind", kind_name(event->kind),
		"present", (int)event->present, "state", report_state_name(event->state), "reason",
		event->reason, "sessions", (json_int_t)event->sessions, "agent", (int)event->agent,
		"text", event->text, "color", event->color, "stop_at_ms",
		(json_int_t)event->stop_at_ms);

	if (!root)
		return;
	if (event->usb)
		json_object_set_new(root, "usb", usb_json(event->usb));
	json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(root);
}

static bool on_answer(void *data, struct broker_answer *answer)
{
	struct values *values = data;
	bool event = answer->type == FRAME_EVENT;

	if (!event)
		values->exit_code =
			report_failure((const Vmsilo__Broker__Failure *)answer->message);
	else if (values->json)
		event_print_json((const Vmsilo__Broker__Event *)answer->message);
	else
		event_print((const Vmsilo__Broker__Event *)answer->message);
	message_free(answer->message);
	/* Nobody reads our output any more. */
	return event && fflush(stdout) == 0;
}

static int run(int argc, char **argv)
{
	Vmsilo__Broker__Events request = VMSILO__BROKER__EVENTS__INIT;
	struct values values = {0};
	struct error error = {0};
	struct paths paths;
	char **operands;
	int exit_code = options_parse(&command_events, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	request.vm = operands[0] ? operands[0] : "";
	if (paths_choose(&paths, &error) < 0 ||
		broker_follow(
			&paths, true, FRAME_EVENTS, &request.base, on_answer, &values, &error) < 0)
		return report_error(&error);
	return values.exit_code;
}

const struct command command_events = {
	.name = "events",
	.summary = "follow events as they happen",
	.operands = "[VM]",
	.text = "Shows the state of each VM (or of one), then events as they happen, until "
		"interrupted.",
	.options = options,
	.run = run,
};
