#include "host-broker/broker-main.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/activation.h"
#include "host-broker/broker.h"
#include "host-broker/check/check.h"
#include "host-broker/ready.h"
#include "host-broker/system/log-budget.h"
#include "host-broker/vm/reload.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/host/files-limit.h"
#include "proto/host/io-uring.h"
#include "proto/host/own-programs.h"
#include "proto/host/program-options.h"
#include "proto/io/socket.h"

#define FILES_WANTED 8192 /* clients, streams that are being opened, and what each VM has */

enum exit_code { EXIT_RAN = 0, EXIT_FAILED = 1, EXIT_RUNS_ALREADY = 3 }; /* 2: wrong usage */

struct options {
	bool system;
	const char *config; /* NULL: the default path */
	bool on_demand;
	int ready_fd; /* -1: none */
};

#define SIGNALS 3
#define LOCK_WAIT_MS 15000 /* for another broker to end */
#define LOCK_LOOK_MS 10

struct program {
	uv_loop_t loop;
	struct broker *broker;
	uv_signal_t signals[SIGNALS];
};

static const char help[] =
	"usage: vmsilo-broker [--system] [--config FILE] [--on-demand] [--ready-fd N]\n"
	"\n"
	"Starts and watches the VMs of one user (or, with --system, of the machine).\n"
	"Clients such as vm-run start it when it is not running.\n"
	"\n"
	"  --system        serve the machine: files in /run/vmsilo, configuration in /etc/vmsilo\n"
	"  --config FILE   use this configuration file\n"
	"  --on-demand     exit after 'idle_exit' (10 min) without clients and running VMs\n"
	"  --ready-fd N    write a byte to descriptor N and close it once clients can connect\n"
	"  --help, --version\n"
	"\n"
	"SIGTERM and SIGINT stop the broker; its VMs keep running, and the next broker adopts "
	"them.\n"
	"SIGHUP makes it read the configuration again.\n"
	"Exit codes: 0 stopped by a signal or no longer needed, 1 failed, 2 wrong usage, 3 already "
	"running.\n";

static const struct program_option option_table[] = {
	{"system", PROGRAM_FLAG, .offset = offsetof(struct options, system)},
	{"config", PROGRAM_TEXT, .offset = offsetof(struct options, config)},
	{"on-demand", PROGRAM_FLAG, .offset = offsetof(struct options, on_demand)},
	{"ready-fd", PROGRAM_FD, .offset = offsetof(struct options, ready_fd)},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-broker", .help = help, .options = option_table};

static bool is_served(const struct paths *paths)
{
	char path[PATH_SIZE];
	int fd = paths_runtime(paths, NULL, "broker.socket", path) ? socket_connect(path)
								   : UV_ENAMETOOLONG;

	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == UV_EAGAIN;
}

/* A holder that serves clients stays; one that does not is about to exit, and removes its files
 * first. Of the two that may happen next, only one can be waited for, so that both are looked at.
 */
static int lock_wait(const struct paths *paths, int fd)
{
	const struct timespec pause = {.tv_nsec = LOCK_LOOK_MS * 1000000L};

	for (int waited = 0;; waited += LOCK_LOOK_MS) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		int code = -errno;
		if (code != -EWOULDBLOCK || is_served(paths) || waited >= LOCK_WAIT_MS)
			return code;
		nanosleep(&pause, NULL);
	}
}

/* The lock's descriptor stays open as long as the broker lives. */
static int lock_take(const struct paths *paths, struct error *error)
{
	char path[PATH_SIZE];

	if (!paths_runtime(paths, NULL, "broker.lock", path))
		return error_set(
			error, UV_ENAMETOOLONG, "the path of %s is too long", paths->runtime);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		int code = -errno;
		return error_set(error, code, "cannot open %s: %s", path, uv_strerror(code));
	}
	int code = lock_wait(paths, fd);
	if (code == 0)
		return fd;
	close(fd);
	if (code == -EWOULDBLOCK)
		return error_set(
			error, UV_EALREADY, "a broker is already running in %s", paths->runtime);
	return error_set(error, code, "cannot lock %s: %s", path, uv_strerror(code));
}

static void reload(struct broker *broker)
{
	struct reload_report report = {0};
	struct error error = {0};

	if (broker_reload(broker, &report, &error) < 0)
		log_error(NULL, "keeping the old configuration: %s", error.text);
	reload_report_finish(&report);
}

static void program_end(struct program *program)
{
	broker_destroy(program->broker);
	for (size_t i = 0; i < SIGNALS; i++)
		uv_close((uv_handle_t *)&program->signals[i], NULL);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct program *program = signal->data;

	if (number == SIGHUP) {
		reload(program->broker);
		return;
	}
	log_info(NULL, "stopping on signal %d; running VMs keep running", number);
	program_end(program);
}

static void on_end(void *data, const char *why)
{
	log_info(NULL, "stopping: %s", why);
	program_end(data);
}

static void signals_start(struct program *program)
{
	static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < SIGNALS; i++) {
		uv_signal_init(&program->loop, &program->signals[i]);
		program->signals[i].data = program;
		uv_signal_start(&program->signals[i], on_signal, numbers[i]);
	}
}

static int loop_run(
	const struct options *options, const struct broker_options *given, struct error *error)
{
	struct broker_options broker_options = *given;
	struct program program = {0};

	broker_options.on_end = on_end;
	broker_options.data = &program;

	int code = uv_loop_init(&program.loop);
	if (code < 0)
		return error_set(error, code, "cannot create an event loop: %s", uv_strerror(code));
	code = broker_create(&program.loop, &broker_options, &program.broker, error);
	if (code == 0) {
		signals_start(&program);
		log_info(NULL, "ready: %zu VMs, %s", broker_options.config->vms_count,
			broker_options.paths->runtime);
		ready_tell(options->ready_fd);
	}
	uv_run(&program.loop, UV_RUN_DEFAULT);
	uv_loop_close(&program.loop);
	return code;
}

/* The log of a broker that a client started is a file beside its socket. */
static void log_bound(const struct paths *paths, char path[PATH_SIZE])
{
	if (paths_runtime(paths, NULL, "broker.log", path))
		log_set_file(path, LOG_FILE_MAX);
}

/* Also one that a user's service manager started for the first client: it will do so again. The
 * machine's stays, as its administrator had it. */
static bool ends_by_itself(const struct options *options, int listen_fd)
{
	return options->on_demand || (listen_fd >= 0 && !options->system);
}

/* Paths of those that it starts. */
struct programs {
	char vsock_device[PATH_MAX], usb_server[PATH_MAX], mkfs[PATH_MAX], share_sandbox[PATH_MAX];
	char net[PATH_MAX];
};

static void programs_find(struct programs *ret)
{
	const struct {
		const char *name;
		char *path;
	} each[] = {
		{"vmsilo-vsock-device", ret->vsock_device},
		{"vmsilo-usb-server", ret->usb_server},
		{"vmsilo-mkfs", ret->mkfs},
		{"vmsilo-share-sandbox", ret->share_sandbox},
		{"vmsilo-net", ret->net},
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		own_program_find(each[i].name, VMSILO_LIBEXECDIR, each[i].path, PATH_MAX);
}

/* broker_options: but for what is found here. */
static int run_configured(
	const struct options *options, struct broker_options *broker_options, struct error *error)
{
	_cleanup_close_ int listen_fd = -1;
	char log_path[PATH_SIZE];
	int code = activation_take(&listen_fd, error);

	if (code == 0)
		code = paths_make_runtime(broker_options->paths, error);
	if (code < 0)
		return code;
	_cleanup_close_ int lock = lock_take(broker_options->paths, error);
	if (lock < 0)
		return lock;
	log_bound(broker_options->paths, log_path);
	broker_options->on_demand = ends_by_itself(options, listen_fd);
	broker_options->listen_fd = steal_fd(&listen_fd);
	return loop_run(options, broker_options, error);
}

static int run(const struct options *options, const struct broker_surroundings *surroundings,
	struct error *error)
{
	struct paths_environment environment;
	struct programs programs;
	struct paths paths;
	struct config *config;

	paths_environment_get(&environment);
	int code = paths_get(options->system, &environment, &paths, error);
	if (code < 0)
		return code;
	const char *config_path = options->config ? options->config : paths.config;
	code = check_load(config_path, surroundings->object, &paths, &config, error);
	if (code < 0)
		return code;
	int level = log_level_parse(config->broker.log_level);
	if (level >= 0)
		log_set_level((enum log_level)level);
	programs_find(&programs);
	struct broker_options broker_options = {
		.paths = &paths,
		.config = config,
		.config_path = config_path,
		.monitors = surroundings->monitors,
		.object = surroundings->object,
		.sources = surroundings->sources,
		.sys = surroundings->sys,
		.vsock_device = programs.vsock_device,
		.usb_server = programs.usb_server,
		.programs = {.mkfs = programs.mkfs,
			.share_sandbox = programs.share_sandbox,
			.net = programs.net},
	};
	code = run_configured(options, &broker_options, error);
	config_destroy(config);
	return code;
}

int broker_main(int argc, char **argv, const struct broker_surroundings *surroundings)
{
	struct options options = {.ready_fd = -1};
	struct error error = {0};

	int exit_code = program_options_parse(&description, argc, argv, &options);
	if (exit_code >= 0)
		return exit_code;
	signal(SIGPIPE, SIG_IGN);
	umask(0077);
	files_limit_raise(FILES_WANTED);
	if (options.ready_fd >= 0)
		fcntl(options.ready_fd, F_SETFD, FD_CLOEXEC);

	/* Monitors and helpers inherit it; none of them needs a ring, or a setuid program. */
	int code = io_uring_deny(&error);
	if (code == 0)
		code = run(&options, surroundings, &error);
	if (code == 0)
		return EXIT_RAN;
	fprintf(stderr, "vmsilo-broker: %s\n", error.text);
	return code == UV_EALREADY ? EXIT_RUNS_ALREADY : EXIT_FAILED;
}
