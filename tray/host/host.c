#include "tray/host/host.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"
#include "proto/io/socket.h"
#include "tray/host/running.h"
#include "tray/host/vm.h"

struct host {
	const struct host_options *options;
	uv_loop_t loop;
	struct bus *bus;
	struct host_service service;
	struct host_running running; /* without options->connects */
	struct host_source source;   /* with them */
	struct host_vm *vms[HOST_CONNECTS_MAX];
	size_t vms_count;
	uv_signal_t signals[2];
	int code;
};

static void host_stop(struct host *host)
{
	for (size_t i = 0; i < host->vms_count; i++)
		host_vm_destroy(host->vms[i]);
	host->vms_count = 0;
	host_running_finish(&host->running);
	host_service_finish(&host->service);
	bus_close(host->bus);
	for (size_t i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&host->signals[i], NULL);
}

/* ---- the bus ---- */

static void on_bus_signal(void *data, DBusMessage *signal)
{
	struct host *host = data;

	host_service_signal(&host->service, signal);
	for (size_t i = 0; i < host->vms_count; i++)
		host_vm_signal(host->vms[i], signal);
	host_running_signal(&host->running, signal);
}

static void on_bus_lost(void *data)
{
	struct host *host = data;

	log_error(NULL, "the connection to the session's D-Bus ended");
	host->code = UV_ECONNRESET;
	host_stop(host);
}

static const struct bus_ops bus_ops = {.on_signal = on_bus_signal, .on_lost = on_bus_lost};

static void on_capabilities(void *data)
{
	struct host *host = data;

	for (size_t i = 0; i < host->vms_count; i++)
		host_vm_settings(host->vms[i]);
	host_running_settings(&host->running);
}

/* ---- sockets instead of a broker ---- */

static const struct host_connect *connect_find(const struct host *host, const struct host_vm *vm)
{
	const struct host_connect *connect = host->options->connects;

	while (strcmp(connect->vm, host_vm_name(vm)) != 0)
		connect++;
	return connect;
}

static void socket_open(void *data, struct host_vm *vm)
{
	int fd = socket_connect(connect_find(data, vm)->path);

	if (fd < 0) {
		log_debug(host_vm_name(vm), "no tray in the guest: %s", uv_strerror(fd));
		host_vm_failed(vm);
		return;
	}
	host_vm_opened(vm, fd, NULL);
}

static void open_cancel(void *data, struct host_vm *vm)
{
	(void)data;
	(void)vm;
}

static int sockets_start(struct host *host)
{
	int code = 0;

	host->source =
		(struct host_source){.open = socket_open, .cancel = open_cancel, .data = host};
	for (size_t i = 0; code == 0 && i < host->options->connects_count; i++) {
		const struct host_connect *connect = &host->options->connects[i];
		code = host_vm_create(&host->loop, &host->service, connect->vm, &connect->settings,
			&host->source, &host->vms[host->vms_count]);
		if (code == 0)
			host->vms_count++;
	}
	return code;
}

/* ---- life ---- */

static void on_end_signal(uv_signal_t *handle, int number)
{
	(void)number;
	host_stop(handle->data);
}

static int signals_start(struct host *host)
{
	static const int ends[] = {SIGTERM, SIGINT};
	int code = 0;

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; code == 0 && i < 2; i++) {
		uv_signal_init(&host->loop, &host->signals[i]);
		host->signals[i].data = host;
		code = uv_signal_start(&host->signals[i], on_end_signal, ends[i]);
	}
	return code;
}

int host_run(const struct host_options *options)
{
	struct host *host = calloc(1, sizeof(*host));
	struct error error = {0};

	if (!host)
		return UV_ENOMEM;
	host->options = options;
	int code = uv_loop_init(&host->loop);
	if (code == 0)
		code = bus_open(&host->loop, &bus_ops, host, &host->bus, &error);
	if (code < 0) {
		log_error(NULL, "%s", error.code < 0 ? error.text : uv_strerror(code));
		free(host);
		return code;
	}
	host_service_init(&host->service, host->bus, on_capabilities, host);
	host_running_init(&host->running, &host->loop, &host->service, options->broker);
	code = signals_start(host);
	if (code == 0 && options->connects_count > 0)
		code = sockets_start(host);
	else if (code == 0)
		host_running_start(&host->running);
	if (code < 0) {
		log_error(NULL, "cannot start: %s", uv_strerror(code));
		host->code = code;
		host_stop(host);
	}
	uv_run(&host->loop, UV_RUN_DEFAULT);
	code = host->code;
	uv_loop_close(&host->loop);
	dbus_shutdown();
	free(host);
	return code;
}
