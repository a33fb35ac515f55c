#include "tray/menu/open.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/text.h"
#include "proto/wire/message.h"
#include "tray/bus/notify.h"
#include "tray/menu/command.h"
#include "tray/menu/limits.h"
#include "tray/menu/vms.h"
#include "tray/model/file-uri.h"
#include "tray/model/markup.h"

#define ARGUMENTS_MAX (COMMAND_ARGUMENTS_MAX + MENU_FILES_MAX + 32)
#define FAILED 125 /* vm-run's own */

struct opening {
	const struct open_options *options;
	const struct menu_program *program;
	char here[MENU_FILES_MAX][FILE_URI_PATH_SIZE]; /* files of the host */
	size_t here_count;
	char *there[MENU_FILES_MAX]; /* as the guest knows them, or other addresses */
	size_t there_count;
	char folder[64]; /* in the guest, from its user's home */
};

/* ---- programs ---- */

struct arguments {
	char *argv[ARGUMENTS_MAX + 1];
	size_t count;
};

static void argument_add(struct arguments *arguments, const char *text)
{
	if (arguments->count < ARGUMENTS_MAX)
		arguments->argv[arguments->count++] = (char *)text;
}

static void arguments_add(struct arguments *arguments, char *const *texts)
{
	for (; *texts; texts++)
		argument_add(arguments, *texts);
}

static int program_run(const char *path, struct arguments *arguments)
{
	pid_t pid;
	int status;

	if (posix_spawn(&pid, path, NULL, NULL, arguments->argv, environ) != 0 ||
		waitpid(pid, &status, 0) < 0)
		return FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* ---- files ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int file_take(struct opening *opening, const char *text)
{
	char *here = opening->here[opening->here_count];
	char *there;

	if (opening->there_count == MENU_FILES_MAX)
		return UV_E2BIG;
	if (strchr(text, ':') && !file_uri_parse(text, here) && access(text, F_OK) < 0) {
		/* http: and such mean the same there. */
		there = strdup(text);
	} else {
		if (!file_uri_parse(text, here))
			snprintf(here, FILE_URI_PATH_SIZE, "%s", text);
		size_t length = strlen(here);
		while (length > 1 && here[length - 1] == '/')
			here[--length] = '\0';
		if (asprintf(&there, "%s/%s", opening->folder, base_name(here)) < 0)
			there = NULL;
		opening->here_count++;
	}
	if (!there)
		return UV_ENOMEM;
	opening->there[opening->there_count++] = there;
	return 0;
}

static void copied_tell(const struct opening *opening)
{
	char name[256], text[512], summary[128], plain[2048];

	text_strip(name, sizeof(name), base_name(opening->here[0]), false);
	if (opening->here_count == 1)
		snprintf(text, sizeof(text), "%s was copied to %s, and is opened there.", name,
			opening->folder);
	else
		snprintf(text, sizeof(text),
			"%s and %zu more were copied to %s, and are opened there.", name,
			opening->here_count - 1, opening->folder);
	snprintf(summary, sizeof(summary), "%s: %s", opening->options->vm,
		program_name(opening->program));
	markup_defuse(plain, sizeof(plain), text);
	fprintf(stderr, "vm-run: %s: %s\n", opening->options->vm, text);
	if (!isatty(STDERR_FILENO))
		(void)notify_send(summary, plain);
}

/* Copies of one name would be one file. */
static bool names_differ(const struct opening *opening)
{
	for (size_t i = 0; i < opening->here_count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(base_name(opening->here[i]), base_name(opening->here[k])) == 0) {
				fprintf(stderr, "vm-run: two files are named \"%s\"\n",
					base_name(opening->here[i]));
				return false;
			}
	return true;
}

static int files_copy(const struct opening *opening)
{
	const struct open_options *options = opening->options;
	struct arguments make = {0}, copy = {0};
	char run[4096], copier[4096], target[128];

	snprintf(run, sizeof(run), "%s/vm-run", options->bin);
	snprintf(copier, sizeof(copier), "%s/vm-copy", options->bin);
	snprintf(target, sizeof(target), "%s:%s/", options->vm, opening->folder);
	char *const making[] = {
		run, "-n", (char *)options->vm, "--", "mkdir", "-p", (char *)opening->folder, NULL};
	char *const copying[] = {copier, "-r", "--", NULL};
	arguments_add(&make, making);
	arguments_add(&copy, copying);
	for (size_t i = 0; i < opening->here_count; i++)
		argument_add(&copy, opening->here[i]);
	argument_add(&copy, target);
	int code = program_run(run, &make);
	return code ? code : program_run(copier, &copy);
}

static int files_bring(struct opening *opening)
{
	int code = 0;

	for (char **file = opening->options->files; code == 0 && *file; file++)
		code = file_take(opening, *file);
	if (code < 0) {
		fprintf(stderr, "vm-run: %s\n",
			code == UV_E2BIG ? "more than 64 files at once" : uv_strerror(code));
		return FAILED;
	}
	if (opening->here_count == 0)
		return 0;
	if (!names_differ(opening))
		return FAILED;
	code = files_copy(opening);
	if (code == 0)
		copied_tell(opening);
	return code;
}

static void folder_name(struct opening *opening)
{
	struct timespec now;
	struct tm local;
	char time[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(time, sizeof(time), "%Y-%m-%d-%H%M%S", &local);
	snprintf(opening->folder, sizeof(opening->folder), "Incoming/%s.%03ld", time,
		now.tv_nsec / 1000000);
}

/* ---- the program ---- */

/* files: that one run of it opens. last: this process becomes it. */
static int command_run(const struct opening *opening, char *const *files, size_t count, bool last)
{
	struct arguments run = {0};
	struct command_line command;
	char path[4096];

	int code = command_fill(opening->program, files, count, &command);
	if (code < 0) {
		fprintf(stderr, "vm-run: %s\n", uv_strerror(code));
		return FAILED;
	}
	snprintf(path, sizeof(path), "%s/vm-run", opening->options->bin);
	argument_add(&run, path);
	arguments_add(&run, opening->options->run);
	argument_add(&run, opening->options->vm);
	argument_add(&run, "--");
	arguments_add(&run, command.argv);
	if (!last) {
		code = program_run(path, &run);
	} else {
		execv(path, run.argv);
		fprintf(stderr, "vm-run: cannot run %s: %s\n", path, strerror(errno));
		code = FAILED;
	}
	command_finish(&command);
	return code;
}

static int program_open(struct opening *opening)
{
	bool single = command_is_single(opening->program);
	size_t count = opening->there_count;
	int code = 0;

	if (!single || count <= 1)
		return command_run(opening, opening->there, count, true);
	for (size_t i = 0; code == 0 && i < count; i++)
		code = command_run(opening, &opening->there[i], 1, i + 1 == count);
	return code;
}

static int record_open(struct opening *opening, const Vmsilo__Broker__Vm *vm)
{
	const struct open_options *options = opening->options;
	struct menu_record record = {0};
	int code = vm->menu ? record_load(vm->menu->folder, &record) : UV_ENOENT;

	opening->program = code < 0 ? NULL : record_find(&record, options->program);
	if (!opening->program) {
		fprintf(stderr, "vm-run: vm \"%s\": its image has no program \"%s\" for a menu%s\n",
			options->vm, options->program,
			code < 0 ? "; images have them since they are built with a desktop" : "");
		record_finish(&record);
		return 127;
	}
	folder_name(opening);
	code = files_bring(opening);
	if (code == 0)
		code = program_open(opening);
	record_finish(&record);
	return code;
}

int menu_open(const struct open_options *options)
{
	static struct opening opening;
	Vmsilo__Broker__VmList *list;

	opening.options = options;
	int code = vms_ask(options->broker, options->vm, &list);
	if (code < 0)
		return FAILED;
	code = list->n_vms == 1 ? record_open(&opening, list->vms[0]) : FAILED;
	for (size_t i = 0; i < opening.there_count; i++)
		free(opening.there[i]);
	message_free(&list->base);
	return code;
}
