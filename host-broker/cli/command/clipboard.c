#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/desk-client.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "proto/base/terminal-filter.h"
#include "proto/base/text.h"
#include "proto/limits.h"
#include "proto/windows.pb-c.h"
#include "proto/wire/message.h"

#define READ_SIZE (64 * 1024)

static const struct command_option options[] = {{0}};

struct clip {
	uint32_t kind; /* enum ClipboardKind */
	struct bytes data;
};

/* ---- from a VM ---- */

static int clip_take(struct clip *clip, const char *vm,
	const Vmsilo__Windows__ClipboardData *untrusted_data, struct error *error)
{
	if (untrusted_data->too_large)
		return error_set(error, UV_E2BIG,
			"vm \"%s\": its clipboard is larger than its configuration lets cross", vm);
	clip->kind = untrusted_data->kind;
	if (bytes_length(&clip->data) + untrusted_data->data.len > WINDOWS_CLIPBOARD_MAX)
		return error_set(error, UV_E2BIG, "vm \"%s\": it sent too much", vm);
	return bytes_append(&clip->data, untrusted_data->data.data, untrusted_data->data.len);
}

static int clip_receive(
	struct desk_client *client, const char *vm, struct clip *clip, struct error *error)
{
	Vmsilo__Windows__ClipboardGet get = VMSILO__WINDOWS__CLIPBOARD_GET__INIT;
	bool last = false;
	int code = desk_client_send(client, FRAME_WINDOWS_CLIPBOARD_GET, &get.base);

	while (code == 0 && !last) {
		ProtobufCMessage *message;
		uint16_t type = 0;
		code = desk_client_receive(client, vm, &type, &message, error);
		if (code == 0 && type != FRAME_WINDOWS_CLIPBOARD_DATA)
			code = error_set(error, UV_EPROTO,
				"vm \"%s\": its vmsilo-windows did not answer", vm);
		if (code == 0) {
			const Vmsilo__Windows__ClipboardData *data =
				(const Vmsilo__Windows__ClipboardData *)message;
			last = data->last;
			code = clip_take(clip, vm, data, error);
		}
		message_free(message);
	}
	return code;
}

static bool is_text(const struct clip *clip)
{
	return text_is_utf8((const char *)bytes_data(&clip->data), bytes_length(&clip->data));
}

static int clip_check(const struct clip *clip, const char *vm, struct error *error)
{
	if (clip->kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING)
		return error_set(error, UV_ENOENT,
			"vm \"%s\": its clipboard has neither text nor a picture", vm);
	if (clip->kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT && !is_text(clip))
		return error_set(error, UV_EPROTO, "vm \"%s\": its text is none", vm);
	return 0;
}

static int clip_get(const char *vm, bool system, struct clip *clip, struct error *error)
{
	struct desk_client client;
	int code = desk_client_open(vm, system, &client, error);

	if (code == 0)
		code = clip_receive(&client, vm, clip, error);
	desk_client_close(&client);
	return code < 0 ? code : clip_check(clip, vm, error);
}

/* ---- to a VM ---- */

static int part_send(struct desk_client *client, const struct clip *clip, size_t from)
{
	Vmsilo__Windows__ClipboardData data = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;
	size_t left = bytes_length(&clip->data) - from;

	data.kind = (Vmsilo__Windows__ClipboardKind)clip->kind;
	data.data.data = (uint8_t *)bytes_data(&clip->data) + from;
	data.data.len = left < WINDOWS_CLIPBOARD_PART_MAX ? left : WINDOWS_CLIPBOARD_PART_MAX;
	data.last = left <= WINDOWS_CLIPBOARD_PART_MAX;
	return desk_client_send(client, FRAME_WINDOWS_CLIPBOARD_DATA, &data.base);
}

/* One that refuses it says so before it has all: the rest then finds nobody. */
static int clip_set(const char *vm, bool system, const struct clip *clip, struct error *error)
{
	struct desk_client client;
	ProtobufCMessage *message = NULL;
	size_t from = 0;
	uint16_t type;
	int code = desk_client_open(vm, system, &client, error);

	if (code == 0) {
		do {
			if (part_send(&client, clip, from) < 0)
				break;
			from += WINDOWS_CLIPBOARD_PART_MAX;
		} while (from < bytes_length(&clip->data));
		code = desk_client_receive(&client, vm, &type, &message, error);
	}
	message_free(message);
	desk_client_close(&client);
	return code;
}

/* ---- the user's end ---- */

static int clip_read(struct clip *clip, struct error *error)
{
	static const char png[] = "\x89PNG\r\n\x1a\n";
	char chunk[READ_SIZE];
	ssize_t count;

	while ((count = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		if (bytes_length(&clip->data) + (size_t)count > WINDOWS_CLIPBOARD_MAX ||
			bytes_append(&clip->data, chunk, (size_t)count) < 0)
			return error_set(error, UV_E2BIG, "stdin has more than %d MiB",
				WINDOWS_CLIPBOARD_MAX >> 20);
	if (count < 0)
		return error_set(error, UV_EIO, "cannot read stdin");
	clip->kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT;
	if (bytes_length(&clip->data) >= 8 && memcmp(bytes_data(&clip->data), png, 8) == 0)
		clip->kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG;
	else if (!is_text(clip))
		return error_set(
			error, UV_EINVAL, "stdin is neither text in UTF-8 nor a picture in PNG");
	return 0;
}

/* What a guest wrote does nothing to a terminal. */
static int text_print(const struct clip *clip)
{
	struct terminal_filter filter;
	const char *at = (const char *)bytes_data(&clip->data);
	char out[4096 + TERMINAL_SEQUENCE_MAX];

	terminal_filter_init(&filter, TERMINAL_TEXT);
	for (size_t left = bytes_length(&clip->data); left > 0;) {
		size_t length = left < 4096 ? left : 4096;
		size_t shown = terminal_filter(&filter, at, length, out);
		fwrite(out, 1, shown, stdout);
		at += length;
		left -= length;
	}
	putchar('\n');
	return 0;
}

static int clip_write(const struct clip *clip, struct error *error)
{
	bool picture = clip->kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG;

	if (isatty(STDOUT_FILENO) && !picture)
		return text_print(clip);
	if (isatty(STDOUT_FILENO))
		return error_set(error, UV_EINVAL,
			"it is a picture (PNG): write it into a file, not on a terminal");
	fwrite(bytes_data(&clip->data), 1, bytes_length(&clip->data), stdout);
	return 0;
}

static int do_it(char **words, bool system, struct clip *clip, struct error *error)
{
	int code;

	if (strcmp(words[0], "get") == 0 && !words[2]) {
		code = clip_get(words[1], system, clip, error);
		return code < 0 ? code : clip_write(clip, error);
	}
	if (strcmp(words[0], "set") == 0 && !words[2]) {
		code = clip_read(clip, error);
		return code < 0 ? code : clip_set(words[1], system, clip, error);
	}
	if (strcmp(words[0], "copy") == 0 && words[2]) {
		code = clip_get(words[1], system, clip, error);
		return code < 0 ? code : clip_set(words[2], system, clip, error);
	}
	return error_set(error, UV_EINVAL, "try: vmsilo clipboard --help");
}

static int run(int argc, char **argv)
{
	struct clip clip = {0};
	struct error error = {0};
	struct paths paths;
	char **operands;
	int exit_code = options_parse(&command_clipboard, argc, argv, NULL, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (paths_choose(&paths, &error) < 0)
		return report_error(&error);
	int code = do_it(operands, paths.system, &clip, &error);
	bytes_finish(&clip.data);
	if (code == 0)
		return 0;
	fprintf(stderr, "vmsilo clipboard: %s\n", error.text[0] ? error.text : uv_strerror(code));
	return code == UV_EPERM ? EXIT_NOT_PERMITTED : EXIT_VMSILO;
}

const struct command command_clipboard = {
	.name = "clipboard",
	.summary = "move the clipboard between a VM with windows and you, or another VM",
	.operands = "get|set|copy VM [VM]",
	.text = "get VM: print what the VM's clipboard has, text or a picture (PNG). set VM: give "
		"it "
		"what stdin\nhas. copy VM VM: give the second VM what the first one's has.",
	.options = options,
	.run = run,
};
