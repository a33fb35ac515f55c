#include "guest-agent/agent.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/access/admission.h"
#include "guest-agent/boot/machine.h"
#include "guest-agent/control.h"
#include "guest-agent/display/display.h"
#include "guest-agent/display/handover.h"
#include "guest-agent/display/region.h"
#include "guest-agent/network/network.h"
#include "guest-agent/program/children.h"
#include "guest-agent/session/detached.h"
#include "guest-agent/session/log-feed.h"
#include "guest-agent/session/session.h"
#include "guest-agent/setup/setup.h"
#include "guest-agent/system/clock.h"
#include "guest-agent/system/helper.h"
#include "guest-agent/system/memory-report.h"
#include "guest-agent/system/power-off.h"
#include "guest-agent/usb/usb.h"
#include "guest-agent/usb/vhci.h"
#include "proto/base/log.h"
#include "proto/base/signals.h"
#include "proto/host/files-limit.h"
#include "proto/io/heap-trim.h"
#include "proto/io/listen.h"
#include "proto/io/signal-watch.h"
#include "proto/wire/hello.h"

#define FILES_WANTED 8192    /* five for each of SESSIONS_MAX, and the streams that wait */
#define SIGNAL_GRACE_MS 5000 /* when a signal, not the broker, ends us */

struct agent {
	const struct agent_options *options;
	uv_loop_t loop;
	struct admissions admissions;
	struct sessions sessions;
	struct memory_reporter memory;
	struct usb_devices usb;
	struct detached_programs detached;
	struct log_feed log_feed;
	struct setup setup;
	struct network network;
	bool takes_network; /* this machine is a guest: its cards are ours */
	struct heap_trim *heap;
	struct handover tray, windows;
	struct program_terms display_terms;
	struct display display;
	struct control *control;
	struct listener *listener;
	struct signal_watch signals;
	uv_timer_t grace_timer;
	unsigned int power_off_tries;
	bool ending;
};

static unsigned int running_count(const struct agent *agent)
{
	return agent->sessions.running + agent->detached.running;
}

/* ---- the end ---- */

static void programs_signal(struct agent *agent, int signal)
{
	sessions_signal(&agent->sessions, signal);
	detached_signal(&agent->detached, signal);
	display_signal(&agent->display, signal);
}

static void shutdown_command_run(const char *command)
{
	const char *const argv[] = {"/bin/sh", "-c", command, NULL};
	pid_t pid;

	int code = helper_start(argv, &pid);
	if (code < 0)
		log_error(NULL, "cannot run '%s': %s", command, uv_strerror(code));
}

static void on_power_off(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	int code = systemd_power_off();

	if (code == UV_EAGAIN && ++agent->power_off_tries < POWER_OFF_TRIES) {
		uv_timer_start(timer, on_power_off, POWER_OFF_LOOK_MS, 0);
		return;
	}
	if (code < 0) {
		log_error(NULL, "cannot ask systemd to power off: %s: ending without it",
			uv_strerror(code));
		machine_power_off();
	}
	uv_stop(&agent->loop);
}

static void agent_end(struct agent *agent)
{
	programs_signal(agent, SIGKILL);
	if (agent->options->init)
		machine_power_off();
	if (agent->options->systemd) {
		on_power_off(&agent->grace_timer);
		return;
	}
	if (agent->options->shutdown_command)
		shutdown_command_run(agent->options->shutdown_command);
	uv_stop(&agent->loop);
}

static void on_grace_over(uv_timer_t *timer)
{
	agent_end(timer->data);
}

static void end_begin(struct agent *agent, uint32_t grace_ms)
{
	if (agent->ending)
		return;
	agent->ending = true;
	log_info(NULL, "shutting down; programs still running: %u", running_count(agent));
	agent->admissions.draining = true;
	programs_signal(agent, SIGTERM);
	uv_timer_start(
		&agent->grace_timer, on_grace_over, running_count(agent) > 0 ? grace_ms : 0, 0);
}

static void on_shutdown(void *data, uint32_t grace_ms)
{
	end_begin(data, grace_ms);
}

/* ---- events ---- */

static void on_activity(void *data)
{
	struct agent *agent = data;

	heap_trim_count(agent->heap, running_count(agent));
	if (agent->control)
		control_activity(agent->control, running_count(agent), agent->detached.windowed);
	if (agent->ending && running_count(agent) == 0)
		uv_timer_start(&agent->grace_timer, on_grace_over, 0, 0);
}

static int on_log(void *data, const Vmsilo__Control__Log *message)
{
	struct agent *agent = data;

	return control_tell(agent->control, FRAME_LOG, &message->base);
}

static int on_grant(void *data, const struct grant *grant)
{
	struct agent *agent = data;
	struct grant with_user = *grant;

	if (!grant->user[0])
		memcpy(with_user.user, agent->setup.user, sizeof(with_user.user));
	return admissions_grant(&agent->admissions, &with_user);
}

static void on_report_wanted(void *data, bool pressure)
{
	struct agent *agent = data;

	memory_reporter_want(&agent->memory, pressure);
}

static void on_report(void *data, const Vmsilo__Control__Report *report)
{
	struct agent *agent = data;

	control_report(agent->control, report);
}

static int64_t on_clock(void *data, const Vmsilo__Control__Clock *clock)
{
	struct agent *agent = data;

	clock_reseed(agent->options->set_clock, clock->entropy.data, clock->entropy.len);
	return clock_follow(agent->options->set_clock, clock->wall_ns);
}

static void on_lost(void *data)
{
	struct agent *agent = data;

	memory_reporter_rest(&agent->memory);
	setup_broker_lost(&agent->setup);
}

static const char *on_refusal(void *data, const char *user)
{
	const struct agent *agent = data;

	return setup_refusal(&agent->setup, user);
}

static void on_setup_busy(void *data, bool busy)
{
	struct agent *agent = data;

	admissions_hold(&agent->admissions, busy);
}

/* A broker that went away asks the agent again when it is there. */
static void on_setup_done(void *data, const struct problems *problems)
{
	struct agent *agent = data;
	Vmsilo__Control__SetupDone done = VMSILO__CONTROL__SETUP_DONE__INIT;
	char *texts[SETUP_PROBLEMS_MAX];

	for (size_t i = 0; i < problems->count; i++)
		texts[i] = (char *)problems->texts[i];
	done.problems = texts;
	done.n_problems = problems->count;
	control_tell(agent->control, FRAME_SETUP_DONE, &done.base);
}

static int on_network(struct agent *agent, const Vmsilo__Control__Network *message)
{
	Vmsilo__Control__Network answer = VMSILO__CONTROL__NETWORK__INIT;
	struct problems problems = {0};
	char *texts[SETUP_PROBLEMS_MAX];
	int code = agent->takes_network ? network_apply(&agent->network, agent->setup.options.root,
						  message, &problems)
					: UV_EPROTO;

	for (size_t i = 0; i < problems.count; i++)
		texts[i] = problems.texts[i];
	answer.problems = texts;
	answer.n_problems = problems.count;
	return code < 0 ? code : control_tell(agent->control, FRAME_NETWORK, &answer.base);
}

static int on_message(void *data, uint16_t type, const ProtobufCMessage *message)
{
	struct agent *agent = data;

	switch (type) {
	case FRAME_SETUP:
		return setup_take(&agent->setup, (const Vmsilo__Control__Setup *)message);
	case FRAME_NETWORK:
		return on_network(agent, (const Vmsilo__Control__Network *)message);
	case FRAME_USB_ATTACH:
		return usb_devices_attach(&agent->usb, (const Vmsilo__Control__UsbAttach *)message);
	case FRAME_USB_DETACH:
		return usb_devices_detach(&agent->usb, (const Vmsilo__Control__UsbDetach *)message);
	default:
		return UV_EPROTO;
	}
}

static void usb_tell(void *data, uint16_t type, const ProtobufCMessage *message)
{
	struct agent *agent = data;

	/* A broker that is not there learns it when it asks. */
	if (agent->control)
		control_tell(agent->control, type, message);
}

/* The programs of sessions are told by ACTIVITY, and the display is the agent's own. */
static uint32_t left_programs(void *data)
{
	const struct agent *agent = data;
	uint32_t children = children_count(), own = running_count(agent);

	own += agent->display.pid > 0;
	return children > own ? children - own : 0;
}

static const struct control_callbacks control_callbacks = {
	.on_grant = on_grant,
	.on_shutdown = on_shutdown,
	.on_report_wanted = on_report_wanted,
	.on_clock = on_clock,
	.left_programs = left_programs,
	.on_lost = on_lost,
	.on_message = on_message,
};

static void on_accept(void *data, int fd, uint16_t port, uint32_t peer_cid)
{
	struct agent *agent = data;

	/* On the kernel's vsock only the host may come: a local process, or another guest through a
	 * loopback, has another CID. An agent that listens on the loopback has its host there. */
	if (agent->options->listen.kind == ENDPOINT_VSOCK &&
		peer_cid != (agent->options->listen.cid == VMADDR_CID_LOCAL ? VMADDR_CID_LOCAL
									    : VMADDR_CID_HOST)) {
		close(fd);
		return;
	}
	admissions_accept(&agent->admissions, fd, port);
}

static void session_admitted(
	struct agent *agent, struct channel *channel, const struct grant *grant)
{
	sessions_add(&agent->sessions, channel, grant);
}

static void usb_admitted(struct agent *agent, struct channel *channel, const struct grant *grant)
{
	usb_devices_add_stream(&agent->usb, channel, grant);
}

static void tray_admitted(struct agent *agent, struct channel *channel, const struct grant *grant)
{
	handover_add(&agent->tray, channel, grant);
}

static void windows_admitted(
	struct agent *agent, struct channel *channel, const struct grant *grant)
{
	handover_add(&agent->windows, channel, grant);
}

/* What the host's streams are for, by the port that they come to. */
static const struct service {
	uint16_t port;
	void (*admitted)(struct agent *agent, struct channel *channel, const struct grant *grant);
} services[] = {
	{PORT_SESSION, session_admitted},
	{PORT_USB, usb_admitted},
	{PORT_TRAY, tray_admitted},
	{PORT_WINDOWS, windows_admitted},
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

static void on_admitted(void *data, struct channel *channel, const struct grant *grant)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (services[i].port == grant->port) {
			services[i].admitted(data, channel, grant);
			return;
		}
	channel_destroy(channel);
}

/* Ours, and as the first process everybody's who lost their parent. */
static void children_reap(struct agent *agent)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!display_reap(&agent->display, pid) &&
			!detached_reap(&agent->detached, pid, status))
			sessions_reap(&agent->sessions, pid, status);
	cgroups_sweep(&agent->sessions.cgroups);
}

static void on_signal(void *data, int number)
{
	if (number == SIGCHLD)
		children_reap(data);
	else
		end_begin(data, SIGNAL_GRACE_MS);
}

static int signals_start(struct agent *agent)
{
	sigset_t numbers;

	/* What whoever started us ignores or blocks, our programs would have to live with. */
	signals_reset();
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&numbers);
	sigaddset(&numbers, SIGCHLD);
	sigaddset(&numbers, SIGTERM);
	sigaddset(&numbers, SIGINT);
	return signal_watch_start(&agent->signals, &agent->loop, &numbers, NULL, on_signal, agent);
}

static uint64_t features_offer(const struct agent *agent)
{
	uint64_t features = PROTOCOL_FEATURES;

	if (!agent->setup.options.root)
		features &= ~FEATURE_SETUP;
	if (!agent->takes_network)
		features &= ~FEATURE_NETWORK;
	if (!agent->display.program)
		features &= ~FEATURE_WINDOWS;
	return features;
}

/* A guest without it has sessions all the same. */
static const char *pam_session_or_none(const char *path)
{
	if (!path || access(path, X_OK) == 0)
		return path;
	log_warning(NULL, "%s: %s; sessions are opened without PAM", path, strerror(errno));
	return NULL;
}

/* After the sessions, which go by it. */
static void setup_start(struct agent *agent)
{
	setup_init(&agent->setup, &agent->loop,
		&(const struct setup_options){.root = agent->options->setup,
			.small = agent->options->init,
			.on_busy = on_setup_busy,
			.on_done = on_setup_done,
			.data = agent});
	agent->sessions.locale = agent->setup.locale;
	agent->sessions.time_zone = agent->setup.time_zone;
	agent->sessions.refusal = on_refusal;
}

static void handover_start(
	struct agent *agent, struct handover *handover, const char *what, const char *path)
{
	int code = handover_init(handover, &agent->loop, what, path);

	if (code < 0 && path)
		log_warning(NULL, "no %s: cannot listen on %s: %s", what, path, uv_strerror(code));
}

/* After setup and sessions. */
static void desktop_start(struct agent *agent)
{
	handover_start(agent, &agent->tray, "tray", agent->options->tray_socket);
	handover_start(agent, &agent->windows, "windows", agent->options->windows_socket);
	if (agent->takes_network)
		agent->windows.beside = region_open;
	agent->display_terms = (struct program_terms){.user = agent->setup.user,
		.services = agent->sessions.services,
		.locale = agent->setup.locale,
		.time_zone = agent->setup.time_zone,
		.pam_session = agent->sessions.pam_session,
		.cgroups = &agent->sessions.cgroups,
		.files_limit = agent->sessions.files_limit};
	display_init(&agent->display, &agent->loop, agent->options->windows_program,
		agent->options->windows_socket, &agent->display_terms);
	agent->sessions.display = &agent->display;
}

int agent_run(const struct agent_options *options)
{
	static struct agent agent; /* one a process; its handles live until exit */

	uint16_t ports[SERVICES];

	for (size_t i = 0; i < SERVICES; i++)
		ports[i] = services[i].port;
	agent.options = options;
	int code = uv_loop_init(&agent.loop);
	if (code < 0)
		return code;
	if (children_adopt() < 0)
		log_warning(
			NULL, "programs that outlive their session will not be counted or stopped");
	uv_timer_init(&agent.loop, &agent.grace_timer);
	agent.grace_timer.data = &agent;
	admissions_init(&agent.admissions, &agent.loop, on_admitted, &agent);
	log_feed_init(&agent.log_feed, uv_now(&agent.loop), on_log, &agent);
	detached_init(&agent.detached, &agent.loop, &agent.log_feed, on_activity, &agent);
	sessions_init(&agent.sessions, &agent.loop, on_activity, &agent);
	memory_reporter_init(&agent.memory, &agent.loop, on_report, &agent);
	usb_devices_init(&agent.usb, &agent.loop, VHCI_DIRECTORY, usb_tell, &agent);
	setup_start(&agent);
	network_init(&agent.network);
	agent.takes_network = options->setup && strcmp(options->setup, "/") == 0;
	agent.heap = heap_trim_create(&agent.loop);
	agent.sessions.files_limit = files_limit_raise(FILES_WANTED);
	agent.sessions.services = options->services;
	cgroups_init(&agent.sessions.cgroups, options->cgroup);
	agent.sessions.pam_session = pam_session_or_none(options->pam_session);
	agent.sessions.detached = &agent.detached;
	desktop_start(&agent);
	code = signals_start(&agent);
	if (code == 0)
		code = listen_create(&agent.loop, &options->listen, ports, SERVICES, LISTEN_GUEST,
			on_accept, &agent, &agent.listener);
	if (code == 0)
		code = control_create(&agent.loop, &options->control, features_offer(&agent),
			&control_callbacks, &agent, &agent.control);
	if (code < 0)
		return code;
	uv_run(&agent.loop, UV_RUN_DEFAULT);
	listen_destroy(agent.listener);
	network_finish(&agent.network);
	return 0;
}
