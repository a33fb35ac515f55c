/*
 * The broker with a monitor more: "furnished" is QEMU with one entry at least in each of a launch's
 * lists that can be had on any machine, filled by a part. What they are is in the folder
 * VMSILO_TEST_DEVICES:
 *
 *   root, home, small   disks: read-only; with discard; one whose failed writes stop the guest
 *   share.socket        of a virtiofsd, when it is there
 *   stop, resume        when one of them comes, the guest is paused, or goes on
 *
 * and a TAP "vmsilo-t0", and on q35 a region, which is a memfd "vmsilo-region".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host-broker/broker-main.h"
#include "host-broker/monitor/qemu/capabilities.h"
#include "host-broker/monitor/qemu/qemu.h"
#include "proto/base/log.h"

#define REGION_BYTES (1 << 20)
#define ORDER_CHECK_MS 50

static const char *path_of(const char *name, char out[4096])
{
	snprintf(out, 4096, "%s/%s", getenv("VMSILO_TEST_DEVICES"), name);
	return out;
}

/* ---- its devices ---- */

static int tap_open(void)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "vmsilo-t0");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		abort();
	return fd;
}

/* The same one for each run. */
static int region_open(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	fd = memfd_create("vmsilo-region", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ftruncate(fd, REGION_BYTES) < 0 || pwrite(fd, "host", 4, 0) != 4 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		abort();
	return fd;
}

static int disk_open(const char *name, int flags)
{
	char path[4096];
	int fd = open(path_of(name, path), flags | O_CLOEXEC);

	if (fd < 0)
		abort();
	return fd;
}

/* ---- a part that has them ---- */

static int disks_add(struct vm_devices *devices)
{
	const struct monitor_disk disks[] = {
		{.name = "root",
			.fd = disk_open("root", O_RDONLY),
			.read_only = true,
			.direct = true},
		{.name = "home", .fd = disk_open("home", O_RDWR), .direct = true, .discard = true},
		{.name = "small", .fd = disk_open("small", O_RDWR), .stops = true},
	};
	int code = 0;

	/* The last comes first; the list is by rank. */
	for (unsigned int i = 3; code == 0 && i-- > 0;)
		code = vm_devices_add_disk(devices, i, &disks[i]);
	return code;
}

static int devices_prepare(struct part *part, struct error *error)
{
	struct vm_devices *devices = part->data;
	const struct monitor_nic nic = {
		.tap_fd = tap_open(), .mac = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
	char socket[4096];
	const struct monitor_share share = {"pictures", path_of("share.socket", socket)};
	int code = disks_add(devices);

	if (code == 0)
		code = vm_devices_add_nic(devices, 0, &nic);
	if (code == 0 && access(socket, F_OK) == 0)
		code = vm_devices_add_share(devices, 0, &share);
	if (code == 0)
		code = vm_devices_say(devices, "vmsilo.test=%s", "devices");
	return code < 0 ? error_set(error, code, "cannot add them: %s", uv_strerror(code)) : 0;
}

static int devices_release(struct part *part)
{
	(void)part;
	return 0;
}

static void devices_forget(struct part *part)
{
	(void)part;
}

static const struct part_kind devices_kind = {.name = "devices",
	.prepare = devices_prepare,
	.release = devices_release,
	.forget = devices_forget};

static int source_add(void *data, const struct run_context *context, struct error *error)
{
	(void)data;
	if (context->adopted)
		return 0;
	return parts_add(context->parts, &devices_kind, "devices", "the devices", context->devices)
		       ? 0
		       : error_set(error, UV_ENOMEM, "out of memory");
}

/* ---- a region ---- */

static int furnished_command(
	const struct monitor_launch *given, struct command *command, struct error *error)
{
	struct monitor_launch launch = *given;

	if (strcmp(given->vm->machine, "q35") == 0)
		launch.region = (struct monitor_region){region_open(), REGION_BYTES};
	int code = monitor_launch_check(&launch, qemu_capabilities(given->vm->machine), error);
	return code < 0 ? code : monitor_qemu.command(&launch, command, error);
}

/* ---- QMP, and what pauses the guest ---- */

struct pauser {
	void *qmp;
	const struct monitor_control_callbacks *callbacks;
	void *data;
	uv_timer_t timer;
};

/* An order is given once. */
static bool ordered(const char *name)
{
	char path[4096];

	return unlink(path_of(name, path)) == 0;
}

static void on_check(uv_timer_t *timer)
{
	const struct pauser *pauser = timer->data;

	if (ordered("stop"))
		monitor_qemu.control->pause(pauser->qmp, true);
	if (ordered("resume"))
		monitor_qemu.control->pause(pauser->qmp, false);
}

static void on_event(void *data, enum monitor_event event)
{
	struct pauser *pauser = data;

	if (event == MONITOR_EVENT_PAUSED)
		log_info(NULL, "the guest stands still");
	pauser->callbacks->on_event(pauser->data, event);
}

static void on_balloon(void *data, uint64_t guest_bytes)
{
	struct pauser *pauser = data;

	pauser->callbacks->on_balloon(pauser->data, guest_bytes);
}

static void on_shutdown(void *data, enum monitor_end end)
{
	struct pauser *pauser = data;

	pauser->callbacks->on_shutdown(pauser->data, end);
}

static void on_end(void *data, const char *text)
{
	struct pauser *pauser = data;

	pauser->callbacks->on_end(pauser->data, text);
}

static const struct monitor_control_callbacks own_callbacks = {.on_event = on_event,
	.on_balloon = on_balloon,
	.on_shutdown = on_shutdown,
	.on_end = on_end};

static int create(uv_loop_t *loop, int fd, uint64_t memory_bytes,
	const struct monitor_control_callbacks *callbacks, void *data, void **ret)
{
	struct pauser *pauser = calloc(1, sizeof(*pauser));

	if (!pauser)
		abort();
	pauser->callbacks = callbacks;
	pauser->data = data;
	uv_timer_init(loop, &pauser->timer);
	pauser->timer.data = pauser;
	uv_timer_start(&pauser->timer, on_check, 0, ORDER_CHECK_MS);
	*ret = pauser;
	return monitor_qemu.control->create(
		loop, fd, memory_bytes, &own_callbacks, pauser, &pauser->qmp);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void destroy(void *control)
{
	struct pauser *pauser = control;

	monitor_qemu.control->destroy(pauser->qmp);
	uv_close((uv_handle_t *)&pauser->timer, on_closed);
}

static int power_button(void *control)
{
	const struct pauser *pauser = control;

	return monitor_qemu.control->power_button(pauser->qmp);
}

static const struct monitor_control_ops control = {
	.create = create, .destroy = destroy, .power_button = power_button};

static const struct monitor_ops furnished = {
	.name = "furnished",
	.capabilities = qemu_capabilities,
	.control_socket = {MONITOR_BINDS_BROKER, SOCK_STREAM, "qmp.socket"},
	.console_socket = {MONITOR_BINDS_BROKER, SOCK_STREAM, "console.socket"},
	.command = furnished_command,
	.control = &control,
};

static const struct monitor_ops *const monitors[] = {&furnished, NULL};

int main(int argc, char **argv)
{
	const struct part_source sources[] = {{.add = source_add}, {0}};
	const struct broker_surroundings surroundings = {
		.monitors = monitors, .sources = sources, .sys = "/sys"};

	return broker_main(argc, argv, &surroundings);
}
