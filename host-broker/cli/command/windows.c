#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/desk-client.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "host-broker/cli/session/desktop.h"
#include "proto/base/text.h"
#include "proto/desk.pb-c.h"
#include "proto/host/desk-socket.h"
#include "proto/limits.h"
#include "proto/wire/message.h"

#define RATE_MS 500 /* between two looks, for what comes a second */
#define TAKE_MS 15000
#define POLL_MS 100
#define VMS_MAX 256

struct values {
	bool json;
	bool take;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{0, "take", NULL, "take VM's windows to this desktop, also from another user's",
		OPTION_FLAG, offsetof(struct values, take), NULL},
	{0},
};

/* What one VM's vmsilo-windows says, twice. */
struct look {
	char vm[VM_NAME_MAX + 1];
	Vmsilo__Desk__Windows *first, *now; /* now: the later one; both NULL: it has not answered */
};

struct looks {
	struct look items[VMS_MAX];
	size_t count;
};

static void pause_ms(unsigned int ms)
{
	const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&time, NULL);
}

static Vmsilo__Desk__Windows *windows_get(const char *vm, bool system, struct error *error)
{
	Vmsilo__Desk__List list = VMSILO__DESK__LIST__INIT;
	struct desk_client client;
	ProtobufCMessage *message = NULL;
	uint16_t type = 0;
	int code = desk_client_open(vm, system, &client, error);

	if (code == 0) {
		(void)desk_client_send(&client, FRAME_DESK_LIST, &list.base);
		code = desk_client_receive(&client, vm, &type, &message, error);
	}
	desk_client_close(&client);
	if (code == 0 && type == FRAME_DESK_WINDOWS)
		return (Vmsilo__Desk__Windows *)message;
	message_free(message);
	return NULL;
}

static void looks_take(struct looks *looks, bool system, bool later)
{
	for (size_t i = 0; i < looks->count; i++) {
		struct error error = {0};
		*(later ? &looks->items[i].now : &looks->items[i].first) =
			windows_get(looks->items[i].vm, system, &error);
	}
}

static void looks_finish(struct looks *looks)
{
	for (size_t i = 0; i < looks->count; i++) {
		if (looks->items[i].first)
			message_free(&looks->items[i].first->base);
		if (looks->items[i].now)
			message_free(&looks->items[i].now->base);
	}
}

/* "VM.socket", "VM.system.socket" */
static void look_add(struct looks *looks, const char *file, bool system)
{
	const char *suffix = system ? ".system.socket" : ".socket";
	size_t length = strlen(file), tail = strlen(suffix);
	struct look *look = &looks->items[looks->count];

	if (looks->count == VMS_MAX || length <= tail || length - tail > VM_NAME_MAX ||
		strcmp(file + length - tail, suffix) != 0)
		return;
	snprintf(look->vm, sizeof(look->vm), "%.*s", (int)(length - tail), file);
	if (text_is_vm_name(look->vm))
		looks->count++;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(((const struct look *)one)->vm, ((const struct look *)other)->vm);
}

/* Those that are shown in this session. UV_EPERM when another user says which. */
static int looks_find(struct looks *looks, bool system, struct error *error)
{
	struct paths_environment environment;
	struct paths user;
	char folder[PATH_SIZE];
	const struct dirent *entry;
	uid_t owner;

	paths_environment_get(&environment);
	if (paths_get(false, &environment, &user, error) < 0 ||
		!paths_runtime(&user, NULL, DESK_FOLDER, folder))
		return 0;
	int code = paths_check_folder(folder, &owner, error);
	if (code < 0)
		return code == UV_ENOENT ? 0 : code;
	DIR *list = opendir(folder);
	while (list && (entry = readdir(list)))
		look_add(looks, entry->d_name, system);
	if (list)
		closedir(list);
	qsort(looks->items, looks->count, sizeof(looks->items[0]), by_name);
	return 0;
}

/* ---- what is printed ---- */

static const Vmsilo__Desk__Window *window_before(const struct look *look, uint32_t id)
{
	for (size_t i = 0; look->first && i < look->first->n_windows; i++)
		if (look->first->windows[i]->id == id)
			return look->first->windows[i];
	return NULL;
}

static uint64_t rate(uint64_t before, uint64_t now, const struct look *look)
{
	uint64_t time = look->first && look->now->at_us > look->first->at_us
				? look->now->at_us - look->first->at_us
				: 0;

	return time && now > before ? (now - before) * 1000000 / time : 0;
}

struct rates {
	uint64_t frames, bytes;
};

static struct rates rates_of(const struct look *look, const Vmsilo__Desk__Window *window)
{
	const Vmsilo__Desk__Window *before = window_before(look, window->id);

	if (!before)
		return (struct rates){0};
	return (struct rates){.frames = rate(before->frames, window->frames, look),
		.bytes = rate(before->bytes, window->bytes, look)};
}

static json_t *window_json(const struct look *look, const Vmsilo__Desk__Window *window)
{
	const struct rates rates = rates_of(look, window);
	json_t *root = json_pack("{s:s, s:i, s:s, s:s, s:i, s:i, s:b, s:b, s:b, s:b}", "vm",
		look->vm, "id", (int)window->id, "title", window->title, "program", window->app_id,
		"width", (int)window->width, "height", (int)window->height, "hidden",
		(int)window->hidden, "x11", (int)window->x11, "focused", (int)window->focused,
		"fullscreen", (int)window->fullscreen);

	if (!root)
		return NULL;
	json_object_set_new(root, "frames", json_integer((json_int_t)window->frames));
	json_object_set_new(root, "bytes", json_integer((json_int_t)window->bytes));
	json_object_set_new(root, "frames_per_second", json_integer((json_int_t)rates.frames));
	json_object_set_new(root, "bytes_per_second", json_integer((json_int_t)rates.bytes));
	return root;
}

static void print_json(const struct looks *looks)
{
	json_t *root = json_array();

	for (size_t i = 0; i < looks->count; i++)
		for (size_t j = 0; looks->items[i].now && j < looks->items[i].now->n_windows; j++)
			json_array_append_new(root,
				window_json(&looks->items[i], looks->items[i].now->windows[j]));
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static void print_window(const struct look *look, const Vmsilo__Desk__Window *window)
{
	const struct rates rates = rates_of(look, window);
	char title[256], program[64], size[32];

	text_escape(title, sizeof(title), window->title, strlen(window->title));
	text_escape(program, sizeof(program), window->app_id, strlen(window->app_id));
	snprintf(size, sizeof(size), "%ux%u", window->width, window->height);
	printf("%-16s %4u %-16s %-10s %5" PRIu64 " %8" PRIu64 "K %s%s\n", look->vm, window->id,
		program, size, rates.frames, rates.bytes / 1024, title,
		window->hidden ? " (hidden)" : "");
}

static void print_notes(const struct looks *looks)
{
	char note[512];

	for (size_t i = 0; i < looks->count; i++) {
		const Vmsilo__Desk__Windows *now = looks->items[i].now;
		if (!now || now->connected)
			continue;
		text_escape(note, sizeof(note), now->note, strlen(now->note));
		fprintf(stderr, "vmsilo: vm \"%s\": no windows: %s\n", looks->items[i].vm, note);
	}
}

static void print_all(const struct looks *looks)
{
	printf("%-16s %4s %-16s %-10s %5s %9s %s\n", "VM", "ID", "PROGRAM", "SIZE", "FPS",
		"BYTES/S", "TITLE");
	for (size_t i = 0; i < looks->count; i++)
		for (size_t j = 0; looks->items[i].now && j < looks->items[i].now->n_windows; j++)
			print_window(&looks->items[i], looks->items[i].now->windows[j]);
	fflush(stdout);
	print_notes(looks);
}

static int show(const struct values *values, const char *vm, bool system)
{
	static struct looks looks;
	struct error error = {0};
	struct desk_client client;

	if (vm && desk_client_open(vm, system, &client, &error) < 0)
		return report_error(&error);
	if (vm) {
		desk_client_close(&client);
		snprintf(looks.items[looks.count++].vm, sizeof(looks.items[0].vm), "%s", vm);
	} else if (looks_find(&looks, system, &error) < 0) {
		return report_error(&error);
	}
	looks_take(&looks, system, false);
	if (looks.count > 0)
		pause_ms(RATE_MS);
	looks_take(&looks, system, true);
	if (values->json)
		print_json(&looks);
	else
		print_all(&looks);
	looks_finish(&looks);
	return 0;
}

/* ---- taking ---- */

static bool is_connected(const char *vm, bool system, bool *ret_there)
{
	struct error error = {0};
	Vmsilo__Desk__Windows *windows = windows_get(vm, system, &error);
	bool connected = windows && windows->connected;

	*ret_there = windows;
	if (windows)
		message_free(&windows->base);
	return connected;
}

static int take(const struct paths *paths, const char *vm)
{
	bool there, was_there = false;

	if (!desktop_is_there()) {
		fputs("vmsilo: there is no Wayland desktop here: WAYLAND_DISPLAY is not set\n",
			stderr);
		return EXIT_VMSILO;
	}
	/* Who may not use it, or names none, is told so by the broker. */
	int exit_code = ask_known(vm);
	if (exit_code != 0)
		return exit_code;
	if (is_connected(vm, paths->system, &there))
		return 0;
	desktop_take(paths, vm);
	for (unsigned int waited = 0; waited < TAKE_MS; waited += POLL_MS) {
		pause_ms(POLL_MS);
		if (is_connected(vm, paths->system, &there))
			return 0;
		if (was_there && !there)
			break;
		was_there = was_there || there;
	}
	fprintf(stderr,
		"vmsilo: vm \"%s\": its windows have not come to this desktop; see "
		"$XDG_RUNTIME_DIR/vmsilo/" DESK_FOLDER "/%s%s.log\n",
		vm, vm, paths->system ? ".system" : "");
	return EXIT_VMSILO;
}

static int run(int argc, char **argv)
{
	struct values values = {0};
	struct error error = {0};
	struct paths paths;
	char **operands;
	int exit_code = options_parse(&command_windows, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (values.take && !operands[0]) {
		fputs("vmsilo windows: --take needs a VM; try: vmsilo windows --help\n", stderr);
		return EXIT_VMSILO;
	}
	if (paths_choose(&paths, &error) < 0)
		return report_error(&error);
	if (values.take && text_is_vm_name(operands[0]))
		return take(&paths, operands[0]);
	return show(&values, operands[0], paths.system);
}

const struct command command_windows = {
	.name = "windows",
	.summary = "show the windows of VMs' programs on this desktop",
	.operands = "[VM]",
	.text = "Each with its program, its size, and the frames and bytes that come for it in a "
		"second.",
	.options = options,
	.run = run,
};
