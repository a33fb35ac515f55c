#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/journal-reader.h"
#include "host-broker/cli/base/report.h"
#include "host-broker/journal/line.h"
#include "proto/base/fd.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	bool follow, json;
	uint32_t lines;
	const char *vm;
	struct paths paths;
	int exit_code; /* of a failure that was told */
};

static const struct command_option options[] = {
	{'f', "follow", NULL, "keep printing new lines as they are added", OPTION_FLAG,
		offsetof(struct values, follow), NULL},
	{'n', "lines", "N", "print only the last N lines", OPTION_NUMBER,
		offsetof(struct values, lines), NULL},
	{'j', "json", NULL, "one JSON object per line", OPTION_FLAG, offsetof(struct values, json),
		NULL},
	{0},
};

/* Without a broker, the file itself. */
static int open_offline(
	const struct values *values, unsigned int age, int *ret_fd, struct error *error)
{
	char path[sizeof(values->paths.journals) + 64];

	if (!text_is_vm_name(values->vm))
		return error_set(error, UV_EINVAL, "\"%s\" is not a valid VM name", values->vm);
	snprintf(path, sizeof(path), "%s/%s/journal%s", values->paths.journals, values->vm,
		age ? ".1" : "");
	int code = *ret_fd = fd_open_regular(AT_FDCWD, path, O_NOFOLLOW);
	if (code >= 0)
		return 0;
	return error_set(error, code, "cannot read %s: %s", path, uv_strerror(code));
}

static int journal_open_age(void *data, unsigned int age, int *ret_fd, struct error *error)
{
	struct values *values = data;
	Vmsilo__Broker__Logs request = VMSILO__BROKER__LOGS__INIT;
	struct broker_answer answer;

	request.vm = (char *)values->vm;
	request.age = age;
	int code = broker_ask(&values->paths, false, FRAME_LOGS, &request.base, &answer, error);
	if (code == UV_ENOENT)
		return open_offline(values, age, ret_fd, error);
	if (code < 0)
		return code;
	*ret_fd = answer.session_fd;
	if (answer.type == FRAME_FAILURE) {
		const Vmsilo__Broker__Failure *failure =
			(const Vmsilo__Broker__Failure *)answer.message;
		code = failure->code == VMSILO__BROKER__FAILURE__CODE__NOT_FOUND ? UV_ENOENT
										 : UV_ECANCELED;
		if (code == UV_ECANCELED || age == 0)
			values->exit_code = report_failure(failure);
	} else if (answer.session_fd < 0) {
		code = error_set(error, UV_EPROTO, "the broker sent no descriptor");
	}
	message_free(answer.message);
	return code;
}

/* False: who reads is gone. */
static bool output_goes(const struct values *values)
{
	return values->follow ? fflush(stdout) == 0 : !ferror(stdout);
}

static bool on_line(void *data, const char *line)
{
	const struct values *values = data;
	struct journal_line parsed;

	if (!values->json) {
		puts(line);
		return output_goes(values);
	}
	if (!journal_line_parse(line, &parsed))
		return true;
	json_t *root = json_pack("{s:s, s:s, s:s}", "time", parsed.time, "source", parsed.source,
		"text", parsed.text);
	if (!root)
		return true;
	json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(root);
	return output_goes(values);
}

static int run(int argc, char **argv)
{
	struct values values = {0};
	struct error error = {0};
	char **operands;
	int exit_code = options_parse(&command_logs, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	values.vm = operands[0];
	const struct journal_reader reader = {.open = journal_open_age,
		.on_line = on_line,
		.data = &values,
		.last = values.lines,
		.follow = values.follow};
	if (paths_choose(&values.paths, &error) < 0)
		return report_error(&error);
	if (journal_reader_run(&reader, &error) == 0)
		return 0;
	if (values.exit_code)
		return values.exit_code;
	/* A missing file is no missing broker. */
	if (error.code == UV_ENOENT)
		error.code = UV_EIO;
	return report_error(&error);
}

const struct command command_logs = {
	.name = "logs",
	.summary = "show a VM's journal: its states, console and detached programs",
	.operands = "VM",
	.text = "Shows the VM's journal. Each line has its time (UTC), its source, and the text.",
	.options = options,
	.run = run,
};
