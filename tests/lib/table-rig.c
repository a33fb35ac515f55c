#include "tests/lib/table-rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/copy/remove.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/test.h"

static void config_of(const char *text, struct config **ret)
{
	struct error error = {0};

	if (config_parse(text, strlen(text), "rig", ret, &error) < 0)
		fail_msg("%s", error.text);
}

static bool on_accept(void *data, struct vm *vm, int fd, const struct socket_peer *peer)
{
	(void)data;
	(void)vm;
	(void)fd;
	(void)peer;
	fail_msg("nobody connects");
	return true;
}

void table_rig_init(struct table_rig *rig, const char *text)
{
	struct paths *paths = &rig->paths;

	*rig = (struct table_rig){0};
	snprintf(paths->runtime, sizeof(paths->runtime), "/tmp/vmsilo-table-XXXXXX");
	assert_non_null(mkdtemp(paths->runtime));
	snprintf(paths->journals, sizeof(paths->journals), "%s/journals", paths->runtime);
	config_of(text, &rig->config);
	assert_int_equal(uv_loop_init(&rig->loop), 0);
	vsock_gate_init(&rig->gate, &rig->loop);
	vm_watchers_init(&rig->watchers);
	rig->environment = (struct vm_environment){.loop = &rig->loop,
		.paths = paths,
		.broker = &rig->config->broker,
		.monitors = fake_monitor_alone_registry,
		.vsock_device = "vmsilo-vsock-device",
		.watchers = &rig->watchers,
		.vsock_gate = &rig->gate};
	const struct vm_table_options options = {
		.environment = &rig->environment, .config = rig->config, .on_accept = on_accept};
	assert_int_equal(vm_table_create(&options, &rig->vms), 0);
}

void table_rig_open(struct table_rig *rig)
{
	struct error error = {0};

	if (vm_table_open(rig->vms, &error) < 0)
		fail_msg("%s", error.text);
}

static void on_reload_change(void *data, const struct vm *vm, enum reload_kind kind,
	const struct config_difference *difference)
{
	(void)data;
	(void)vm;
	(void)kind;
	(void)difference;
}

void table_rig_reload(struct table_rig *rig, const char *text)
{
	struct config *config;
	struct error error = {0};

	config_of(text, &config);
	if (vm_table_reload(rig->vms, config, on_reload_change, NULL, &error) < 0)
		fail_msg("%s", error.text);
}

struct vm *table_rig_vm(const struct table_rig *rig, const char *name)
{
	struct vm *vm = vm_table_find(rig->vms, name);

	assert_non_null(vm);
	return vm;
}

void table_rig_run(struct table_rig *rig)
{
	for (int i = 0; i < 10; i++)
		uv_run(&rig->loop, UV_RUN_NOWAIT);
}

static void on_gone(void *data)
{
	*(struct vm_table **)data = NULL;
}

void table_rig_close(struct table_rig *rig)
{
	vm_table_close(rig->vms);
	vm_table_destroy(rig->vms, on_gone, &rig->vms);
}

void table_rig_finish(struct table_rig *rig)
{
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	assert_null(rig->vms);
	assert_int_equal(uv_loop_close(&rig->loop), 0);
	config_destroy(rig->config);
	copy_remove(AT_FDCWD, rig->paths.runtime);
}
