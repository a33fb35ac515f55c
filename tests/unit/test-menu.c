/* The programs of VMs in the user's menu: the record of an image, entries, commands, files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "tests/lib/test.h"
#include "tray/menu/command.h"
#include "tray/menu/entry.h"
#include "tray/menu/icon.h"
#include "tray/menu/limits.h"
#include "tray/menu/record.h"
#include "tray/menu/wanted.h"
#include "tray/pictures/picture-png.h"

#define PROGRAM(id, argv, more) \
	"{\"id\": \"" id "\", \"name\": {\"\": \"Editor\", \"de\": \"Texte\"}, \"argv\": " argv \
	", \"mime\": [\"text/plain\"], \"class\": \"\", \"icon\": \"\", \"terminal\": false" more \
	"}"

static void record_of(const char *programs, struct menu_record *ret)
{
	char text[65536];

	snprintf(text, sizeof(text), "{\"format\": 1, \"programs\": [%s]}", programs);
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	assert_int_equal(record_from(json, ret), 0);
}

/* ---- the record ---- */

static void test_record(void **state)
{
	struct menu_record record;

	(void)state;
	record_of(PROGRAM("org.xfce.mousepad", "[\"mousepad\", \"%U\"]", ""), &record);
	assert_int_equal(record.count, 1);
	const struct menu_program *program = record_find(&record, "org.xfce.mousepad");
	assert_non_null(program);
	assert_string_equal(program_name(program), "Editor");
	assert_false(program->terminal);
	assert_null(record_find(&record, "other"));
	record_finish(&record);
}

static void test_record_refuses(void **state)
{
	static const char *const wrong[] = {
		PROGRAM("../x", "[\"a\"]", ""),
		PROGRAM("a b", "[\"a\"]", ""),
		PROGRAM("", "[\"a\"]", ""),
		PROGRAM("x", "[]", ""),
		PROGRAM("x", "\"a\"", ""),
		PROGRAM("x", "[1]", ""),
		PROGRAM("x", "[\"a\\nb\"]", ""),
		PROGRAM("x", "[\"a\"]", ", \"name\": {}"),
		PROGRAM("x", "[\"a\"]", ", \"name\": {\"\": \"a\\u202eb\"}"),
		PROGRAM("x", "[\"a\"]", ", \"name\": {\"\": \"a\", \"de]\\nExec=x\": \"b\"}"),
		PROGRAM("x", "[\"a\"]", ", \"mime\": {}"),
		PROGRAM("x", "[\"a\"]", ", \"class\": 1"),
		"1",
		"{}",
	};
	struct menu_record record;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		record_of(wrong[i], &record);
		assert_int_equal(record.count, 0);
		record_finish(&record);
	}
	assert_int_equal(
		record_from(json_loads("{\"format\": 2, \"programs\": []}", 0, NULL), &record),
		UV_EINVAL);
	assert_int_equal(record_from(json_loads("{\"format\": 1}", 0, NULL), &record), UV_EINVAL);
	assert_int_equal(record_from(json_loads("[]", 0, NULL), &record), UV_EINVAL);
}

/* count programs of one name whose name has length bytes, and arguments. */
static size_t bounded(size_t count, size_t length, size_t arguments)
{
	json_t *json = json_object(), *list = json_array();
	char name[1024], id[32];
	struct menu_record record;
	size_t ret = SIZE_MAX;

	memset(name, 'n', length);
	name[length] = '\0';
	for (size_t i = 0; i < count; i++) {
		json_t *argv = json_array();
		for (size_t k = 0; k < arguments; k++)
			json_array_append_new(argv, json_string("a"));
		snprintf(id, sizeof(id), "p%zu", i);
		json_array_append_new(
			list, json_pack("{s:s, s:{s:s}, s:o, s:[], s:s, s:s, s:b}", "id", id,
				      "name", "", name, "argv", argv, "mime", "class", "", "icon",
				      "", "terminal", 0));
	}
	json_object_set_new(json, "format", json_integer(1));
	json_object_set_new(json, "programs", list);
	if (record_from(json, &record) == 0) {
		ret = record.count;
		record_finish(&record);
	}
	return ret;
}

static void test_record_bounds(void **state)
{
	(void)state;
	assert_int_equal(bounded(MENU_PROGRAMS_MAX, 1, 1), MENU_PROGRAMS_MAX);
	assert_int_equal(bounded(MENU_PROGRAMS_MAX + 1, 1, 1), SIZE_MAX);
	assert_int_equal(bounded(1, MENU_NAME_MAX, 1), 1);
	assert_int_equal(bounded(1, MENU_NAME_MAX + 1, 1), 0);
	assert_int_equal(bounded(1, 1, MENU_ARGUMENTS_MAX), 1);
	assert_int_equal(bounded(1, 1, MENU_ARGUMENTS_MAX + 1), 0);
}

/* ---- entries ---- */

static void test_entry(void **state)
{
	struct menu_record record;

	(void)state;
	record_of(PROGRAM("mousepad", "[\"mousepad\", \"%U\"]",
			  ", \"mime\": [\"text/plain\", \"x-scheme-handler/http\", \"a;b\"]"),
		&record);
	char *text = entry_text("work", "vm-run", &record.programs[0]);
	assert_string_equal(text, "[Desktop Entry]\nType=Application\n"
				  "Name=work: Editor\nName[de]=work: Texte\n"
				  "Icon=vmsilo.work.mousepad\n"
				  "Exec=vm-run -n --app work mousepad %U\nStartupNotify=true\n"
				  "StartupWMClass=vmsilo.work.mousepad\n"
				  "Categories=X-Vmsilo;X-Vmsilo-work;\n"
				  "MimeType=text/plain;\n");
	free(text);
	record_finish(&record);
}

/* ---- commands ---- */

static void filled(
	const char *argv, bool terminal, char *const *files, size_t count, const char *expected)
{
	char programs[4096], line[4096] = "";
	struct menu_record record;
	struct command_line command;

	snprintf(programs, sizeof(programs),
		"{\"id\": \"p\", \"name\": {\"\": \"My Name\"}, \"argv\": %s, \"mime\": [], "
		"\"class\": \"\", \"icon\": \"x.png\", \"terminal\": %s}",
		argv, terminal ? "true" : "false");
	record_of(programs, &record);
	assert_int_equal(command_fill(&record.programs[0], files, count, &command), 0);
	size_t length = 0;
	for (size_t i = 0; i < command.count && length < sizeof(line); i++)
		length += (size_t)snprintf(
			line + length, sizeof(line) - length, "%s|", command.argv[i]);
	assert_string_equal(line, expected);
	command_finish(&command);
	record_finish(&record);
}

static void test_command(void **state)
{
	char *files[] = {"Incoming/a b", "Incoming/c"};

	(void)state;
	filled("[\"e\", \"%U\"]", false, files, 2, "e|Incoming/a b|Incoming/c|");
	filled("[\"e\", \"%F\"]", false, NULL, 0, "e|");
	filled("[\"e\", \"%f\"]", false, files, 1, "e|Incoming/a b|");
	filled("[\"e\", \"%u\"]", false, NULL, 0, "e|");
	filled("[\"e\", \"--file=%f\", \"100%%\"]", false, files, 1, "e|--file=Incoming/a b|100%|");
	filled("[\"e\", \"-T\", \"%c\", \"%i\", \"%k\", \"%d\"]", false, files, 1, "e|-T|My Name|");
	filled("[\"top\"]", true, NULL, 0, "x-terminal-emulator|-e|top|");
}

static void test_command_single(void **state)
{
	struct menu_record record;

	(void)state;
	record_of(PROGRAM("a", "[\"a\", \"%U\"]", "") "," PROGRAM("b", "[\"b\", \"%f\"]", ""),
		&record);
	assert_false(command_is_single(&record.programs[0]));
	assert_true(command_is_single(&record.programs[1]));
	record_finish(&record);
}

/* ---- files ---- */

static char top[64];
static char folders[WANTED_PLACES][128];
static const char *places[WANTED_PLACES];
static char written_list[128];

static int top_make(void **state)
{
	(void)state;
	strcpy(top, "/tmp/vmsilo-menu-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(written_list, sizeof(written_list), "%s/state/list", top);
	for (size_t i = 0; i < WANTED_PLACES; i++) {
		snprintf(folders[i], sizeof(folders[i]), "%s/data/%zu", top, i);
		places[i] = folders[i];
	}
	return 0;
}

static int top_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command);
}

static void apply(const char *vm, size_t count, const char *const *names, const char *content,
	size_t written, size_t removed)
{
	struct wanted wanted = {0};
	struct wanted_changes changes;
	char failed[256];

	for (size_t i = 0; i < count; i++)
		assert_int_equal(wanted_add(&wanted, WANTED_ENTRY, names[i], strdup(content),
					 strlen(content)),
			0);
	assert_int_equal(
		wanted_apply(&wanted, places, written_list, vm, &changes, failed, sizeof(failed)),
		0);
	assert_int_equal(changes.written, written);
	assert_int_equal(changes.removed, removed);
	wanted_finish(&wanted);
}

static bool is_there(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folders[WANTED_ENTRY], name);
	return access(path, F_OK) == 0;
}

static void test_wanted(void **state)
{
	static const char *const two[] = {"vmsilo.a.x", "vmsilo.ab.x"};
	char path[256];

	(void)state;
	apply(NULL, 2, two, "one", 2, 0);
	apply(NULL, 2, two, "one", 0, 0); /* what is the same is left alone */
	apply(NULL, 2, two, "two", 2, 0);
	/* What nobody of us wrote, or another broker. */
	snprintf(path, sizeof(path), "%s/vmsilo.other.x.desktop", folders[WANTED_ENTRY]);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	apply("a", 0, NULL, "", 0, 1); /* of one VM, whose name begins another's */
	assert_false(is_there("vmsilo.a.x.desktop"));
	assert_true(is_there("vmsilo.ab.x.desktop"));
	apply(NULL, 0, NULL, "", 0, 1);
	assert_true(is_there("vmsilo.other.x.desktop"));
	assert_false(is_there("vmsilo.ab.x.desktop"));
}

/* The list is the user's own file; what it says all the same removes nothing else. */
static void test_wanted_list(void **state)
{
	static const char *const one[] = {"vmsilo.a.x"};
	char path[256];
	struct stat status;

	(void)state;
	apply(NULL, 1, one, "one", 1, 0);
	snprintf(path, sizeof(path), "%s/precious", top);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	FILE *list = fopen(written_list, "ae");
	fprintf(list,
		"0 ../../precious\n0 vmsilo.../../../precious.desktop\n9 vmsilo.a.desktop\n\n0\n");
	fclose(list);
	apply(NULL, 0, NULL, "", 0, 1);
	assert_int_equal(stat(path, &status), 0);
}

static void test_wanted_link(void **state)
{
	static const char *const one[] = {"vmsilo.a.x"};
	char path[256], target[128];
	struct stat status;

	(void)state;
	apply(NULL, 1, one, "one", 1, 0);
	snprintf(path, sizeof(path), "%s/vmsilo.a.x.desktop", folders[WANTED_ENTRY]);
	snprintf(target, sizeof(target), "%s/target", top);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
	apply(NULL, 1, one, "one", 1, 0);
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(access(target, F_OK), -1);
}

/* Where an entry or its copy should be lies what nobody writes to. */
static void test_wanted_pipe(void **state)
{
	static const char *const one[] = {"vmsilo.a.x"};
	static const char *const names[] = {"vmsilo.a.x.desktop", ".vmsilo.a.x.desktop.new"};
	char path[256];
	struct stat status;

	(void)state;
	apply(NULL, 1, one, "zero", 1, 0);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[WANTED_ENTRY], names[i]);
		unlink(path);
		assert_int_equal(mkfifo(path, 0600), 0);
		apply(NULL, 1, one, i == 0 ? "one" : "two", 1, 0);
	}
	snprintf(path, sizeof(path), "%s/%s", folders[WANTED_ENTRY], names[0]);
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	unlink(written_list);
	assert_int_equal(mkfifo(written_list, 0600), 0);
	apply(NULL, 1, one, "two", 0, 0);
}

/* ---- icons ---- */

static void test_icon(void **state)
{
	struct colour red = {255, 0, 0};
	struct picture picture;
	uint8_t *png;
	size_t length;

	(void)state;
	assert_int_equal(icon_marked("no base64!", red, &png, &length), 0);
	assert_int_equal(picture_from_png(png, length, MENU_ICON_SIDE, &picture), 0);
	assert_int_equal(picture.width, MENU_ICON_SIDE);
	assert_memory_equal(picture.pixels, "\xff\xff\0\0", 4);
	picture_finish(&picture);
	assert_int_equal(picture_from_png(png, length, MENU_ICON_SIDE - 1, &picture), UV_EINVAL);
	assert_int_equal(picture_from_png(png, length / 2, MENU_ICON_SIDE, &picture), UV_EINVAL);
	free(png);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_record_refuses),
		cmocka_unit_test(test_record_bounds),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_single),
		cmocka_unit_test_setup_teardown(test_wanted, top_make, top_remove),
		cmocka_unit_test_setup_teardown(test_wanted_list, top_make, top_remove),
		cmocka_unit_test_setup_teardown(test_wanted_link, top_make, top_remove),
		cmocka_unit_test_setup_teardown(test_wanted_pipe, top_make, top_remove),
		cmocka_unit_test(test_icon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
