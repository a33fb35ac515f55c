/* The end of a monitor. This program is also the monitor: it runs again, and misbehaves as it is
 * told. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-broker/monitor/monitor.h"
#include "host-broker/monitor/qemu/qmp.h"
#include "host-broker/system/runtime-dir.h"
#include "proto/io/socket.h"
#include "tests/lib/test.h"

#define SELF "/proc/self/exe"
#define DEADLINE_MS 30000 /* of a test that does not end by itself */

/* ---- what the children do ---- */

/* Gone, but a child of its own still holds what it listened on. */
static _Noreturn void play_leaving(void)
{
	pid_t child = fork();

	if (child == 0)
		for (;;)
			pause();
	_exit(child < 0);
}

static void repeat(int fd, const char *text)
{
	size_t length = strlen(text);

	while (write(fd, text, length) == (ssize_t)length)
		continue;
}

/* Binds its socket itself, and not at once. */
static _Noreturn void play_binder(const char *path)
{
	usleep(50000);
	int listener = socket_listen(path, 1);
	struct pollfd ready = {.fd = listener, .events = POLLIN};

	poll(&ready, 1, -1);
	repeat(accept(listener, NULL, NULL), "no QMP\n");
	for (;;)
		pause();
}

static _Noreturn void play_monitor(const char *how)
{
	int fd;

	signal(SIGTERM, SIG_IGN);
	if (strcmp(how, "leaves") == 0)
		play_leaving();
	while (strcmp(how, "waits") == 0)
		pause();
	fd = accept(3, NULL, NULL);
	if (strcmp(how, "garbles") == 0)
		repeat(fd, "no QMP\n");
	if (strcmp(how, "floods") == 0)
		repeat(fd, "{\"event\": \"X\"}\n");
	if (strcmp(how, "floods one line") == 0)
		repeat(fd, "{\"event\": ");
	for (;;)
		pause();
}

/* ---- the bed ---- */

struct play {
	uv_loop_t loop;
	uv_timer_t timer;
	struct monitor *monitor;
	struct process_id id;
	bool gone, ended;
	enum monitor_end end;
	char text[256];
};

static const char *monitor_plays;

static unsigned int capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_CONSOLE | CAPABILITY_VHOST_USER;
}

static int monitor_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	(void)error;
	command_add(command, SELF);
	command_add(command, "monitor");
	command_add(command, monitor_plays);
	command_add(command, launch->control.path);
	if (launch->control.fd < 0)
		return 0;
	command_fd(command, launch->control.fd);
	command_fd(command, launch->console.fd);
	return 0;
}

static const struct monitor_ops ops = {.name = "monitor",
	.without_image = true,
	.capabilities = capabilities,
	.control_socket = {MONITOR_BINDS_BROKER, SOCK_STREAM, "qmp.socket"},
	.console_socket = {MONITOR_BINDS_BROKER, SOCK_STREAM, "console.socket"},
	.command = monitor_command,
	.control = &qmp_control};

/* As one that takes no descriptor. */
static const struct monitor_ops binding_ops = {.name = "monitor",
	.without_image = true,
	.capabilities = capabilities,
	.control_socket = {MONITOR_BINDS_MONITOR, SOCK_STREAM, "control.socket"},
	.command = monitor_command,
	.control = &qmp_control};

static void on_event(void *data, enum monitor_event event)
{
	(void)data;
	(void)event;
}

static void on_balloon(void *data, uint64_t guest_bytes)
{
	(void)data;
	(void)guest_bytes;
}

static void on_console(void *data, const char *bytes, size_t length)
{
	(void)data;
	(void)bytes;
	(void)length;
}

static int on_born(void *data, struct process_id id, struct error *error)
{
	struct play *play = data;

	(void)error;
	play->id = id;
	return 0;
}

static void on_gone(void *data)
{
	struct play *play = data;

	assert_false(play->ended);
	play->gone = true;
}

static void on_exit_told(void *data, enum monitor_end end, const char *text, const char *last_words)
{
	struct play *play = data;

	play->end = end;
	(void)last_words;
	assert_true(play->gone);
	assert_false(play->ended);
	play->ended = true;
	snprintf(play->text, sizeof(play->text), "%s", text);
	monitor_destroy(play->monitor);
	uv_close((uv_handle_t *)&play->timer, NULL);
}

static const struct monitor_callbacks callbacks = {.on_event = on_event,
	.on_balloon = on_balloon,
	.on_console = on_console,
	.on_born = on_born,
	.on_gone = on_gone,
	.on_exit = on_exit_told};

static void on_deadline(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("the monitor's end is not told");
}

static bool is_gone(struct process_id id)
{
	uint64_t start_time;

	return process_start_time(id.pid, &start_time) < 0 || start_time != id.start_time;
}

/* All that a run leaves is removed with it. */
static void folder_remove(const char *folder, const struct paths *paths)
{
	runtime_dir_clean(paths, "v");
	runtime_dir_remove(paths, "v");
	assert_int_equal(rmdir(paths->runtime), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void folder_make(char *folder, struct paths *paths)
{
	struct error error = {0};
	const struct paths_environment environment = {
		.uid = getuid(), .home = "/", .xdg_runtime_dir = folder};

	assert_non_null(mkdtemp(folder));
	assert_int_equal(paths_get(false, &environment, paths, NULL), 0);
	assert_int_equal(mkdir(paths->runtime, 0700), 0);
	assert_int_equal(runtime_dir_make(paths, "v", &error), 0);
	assert_int_equal(runtime_dir_make_monitor(paths, "v", &error), 0);
}

/* Starts such a monitor, and runs until its end is told. */
static void run_as(struct play *play, const struct monitor_ops *table, const char *how)
{
	int impostor = -1;

	char folder[] = "/tmp/vmsilo-monitor-XXXXXX";
	struct vm_config config = {.name = "v"};
	struct paths paths;
	struct error error = {0};

	*play = (struct play){0};
	folder_make(folder, &paths);
	struct monitor_launch launch = {.vm = &config,
		.paths = &paths,
		.vsock = {.kind = ENDPOINT_UNIX},
		.region = {.fd = -1},
		.vhost_vsock_fd = -1};
	monitor_plays = how;
	assert_int_equal(uv_loop_init(&play->loop), 0);
	uv_timer_init(&play->loop, &play->timer);
	uv_timer_start(&play->timer, on_deadline, DEADLINE_MS, 0);
	assert_int_equal(monitor_start(&play->loop, table, &launch, &callbacks, play,
				 &play->monitor, &error),
		0);
	if (strcmp(how, "waits") == 0)
		assert_true((impostor = socket_listen(launch.control.path, 1)) >= 0);
	assert_int_equal(monitor_id(play->monitor).pid, play->id.pid);
	uv_run(&play->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&play->loop), 0);
	assert_true(play->ended);
	assert_true(is_gone(play->id));
	if (impostor >= 0)
		close(impostor);
	/* Whatever it left behind is of its session. */
	kill(-play->id.pid, SIGKILL);
	folder_remove(folder, &paths);
}

static void run(struct play *play, const char *how)
{
	run_as(play, &ops, how);
}

/* The sockets stay open, which does not keep the VM. */
static void test_what_is_left_is_ended(void **state)
{
	struct play play;

	(void)state;
	run(&play, "leaves");
	assert_string_equal(play.text, "monitor exited with status 0");
}

static void test_a_monitor_without_manners_is_killed(void **state)
{
	static const struct {
		const char *how, *reason;
	} cases[] = {
		{"garbles", "it sent data that is not QMP"},
		{"floods", "it sent far more than a working monitor"},
		{"floods one line", "it sent data that is not QMP"},
	};
	struct play play;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(&play, cases[i].how);
		assert_non_null(strstr(play.text, "monitor was killed: on its control connection"));
		assert_non_null(strstr(play.text, cases[i].reason));
		assert_int_equal(play.end, MONITOR_END_UNKNOWN);
	}
}

/* Its socket comes some time after it, and is heard like one that we bound. */
static void test_a_socket_of_its_own(void **state)
{
	struct play play;

	(void)state;
	run_as(&play, &binding_ops, "binds");
	assert_string_equal(play.text,
		"monitor was killed: on its control connection it sent data that is not QMP");
}

/* Whoever took the monitor over may lead us to any socket there is. */
static void test_an_impostor_is_not_the_monitor(void **state)
{
	struct play play;

	(void)state;
	run_as(&play, &binding_ops, "waits");
	assert_string_equal(play.text,
		"monitor was killed: on its control connection unexpected answer: "
		"operation not permitted");
}

/* It ends before its socket is there: nobody waits for that any longer. */
static void test_one_that_never_binds(void **state)
{
	struct play play;

	(void)state;
	run_as(&play, &binding_ops, "leaves");
	assert_string_equal(play.text, "monitor exited with status 0");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_left_is_ended),
		cmocka_unit_test(test_a_monitor_without_manners_is_killed),
		cmocka_unit_test(test_a_socket_of_its_own),
		cmocka_unit_test(test_an_impostor_is_not_the_monitor),
		cmocka_unit_test(test_one_that_never_binds),
	};

	if (argc > 3 && strcmp(argv[1], "monitor") == 0 && strcmp(argv[2], "binds") == 0)
		play_binder(argv[3]);
	if (argc > 2 && strcmp(argv[1], "monitor") == 0)
		play_monitor(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
