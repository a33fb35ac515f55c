#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/report.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	bool json;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{0},
};

static void print_time(uint64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm local;
	char text[32] = "";

	if (at_ms && localtime_r(&seconds, &local))
		strftime(text, sizeof(text), " (%F %T)", &local);
	fputs(text, stdout);
}

static void print_text(const Vmsilo__Broker__Reasons *reasons)
{
	char printable[2048];

	printf("%s: %s\n", reasons->vm, report_state_name(reasons->state));
	for (size_t i = 0; i < reasons->n_reasons; i++) {
		const Vmsilo__Broker__Reason *reason = reasons->reasons[i];
		text_escape(printable, sizeof(printable), reason->text, strlen(reason->text));
		printf("  %-14s %s", reason->code, printable);
		print_time(reason->at_ms);
		putchar('\n');
	}
	if (reasons->left_out)
		printf("  and %u more\n", reasons->left_out);
}

static void print_json(const Vmsilo__Broker__Reasons *reasons)
{
	json_t *list = json_array();

	for (size_t i = 0; i < reasons->n_reasons; i++) {
		const Vmsilo__Broker__Reason *reason = reasons->reasons[i];
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:I}", "code", reason->code, "subject",
				      reason->subject, "text", reason->text, "at_ms",
				      (json_int_t)reason->at_ms));
	}
	json_t *root = json_pack("{s:s, s:s, s:o, s:I}", "name", reasons->vm, "state",
		report_state_name(reasons->state), "reasons", list, "left_out",
		(json_int_t)reasons->left_out);
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static int run(int argc, char **argv)
{
	Vmsilo__Broker__Why request = VMSILO__BROKER__WHY__INIT;
	struct values values = {0};
	struct broker_answer answer;
	char **operands;
	int exit_code = options_parse(&command_why, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	request.vm = operands[0];
	exit_code = ask(true, FRAME_WHY, &request.base, FRAME_REASONS, &answer);
	if (exit_code != 0)
		return exit_code;
	if (values.json)
		print_json((const Vmsilo__Broker__Reasons *)answer.message);
	else
		print_text((const Vmsilo__Broker__Reasons *)answer.message);
	message_free(answer.message);
	return 0;
}

const struct command command_why = {
	.name = "why",
	.summary = "explain why a VM runs, will stop, did not start or stopped",
	.operands = "VM",
	.options = options,
	.run = run,
};
