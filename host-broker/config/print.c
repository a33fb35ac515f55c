#include "host-broker/config/print.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

static const char *const accel_names[] = {
	[ACCEL_AUTO] = "auto", [ACCEL_KVM] = "kvm", [ACCEL_TCG] = "tcg"};
static const char *const vsock_names[] = {
	[VSOCK_AUTO] = "auto", [VSOCK_DEVICE] = "device", [VSOCK_KERNEL] = "kernel"};
static const char *const sandbox_names[] = {
	[SANDBOX_REQUIRED] = "required", [SANDBOX_BEST_EFFORT] = "best-effort"};
static const char *const exec_names[] = {[EXEC_ANY] = "any", [EXEC_SERVICES] = "services"};

static json_t *number_print(uint64_t number, const char *unit)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 "%s", number, unit);
	return json_string(text);
}

static json_t *vm_print(const struct vm_config *vm)
{
	json_t *root = json_pack(
		"{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
		"s:s, s:s}",
		"name", vm->name, "monitor", vm->monitor, "machine", vm->machine, "accel",
		accel_names[vm->accel], "cpus", (json_int_t)vm->cpus, "image", vm->image, "kernel",
		vm->kernel, "initrd", vm->initrd, "cmdline", vm->cmdline, "run_as", vm->run_as,
		"user", vm->user, "vsock", vsock_names[vm->vsock], "sandbox",
		sandbox_names[vm->sandbox], "exec", exec_names[vm->exec], "color", vm->color);

	if (!root)
		return NULL;
	json_object_set_new(root, "memory", number_print(vm->memory_bytes, ""));
	json_object_set_new(root, "memory_min", number_print(vm->memory_min_bytes, ""));
	json_object_set_new(root, "start_timeout", number_print(vm->start_timeout_ms, "ms"));
	json_object_set_new(root, "stop_timeout", number_print(vm->stop_timeout_ms, "ms"));
	if (vm->cid)
		json_object_set_new(root, "cid", json_integer((json_int_t)vm->cid));
	return root;
}

char *vm_config_print(const struct vm_config *vm)
{
	json_t *root = json_pack("{s:[o]}", "vms", vm_print(vm));
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return text;
}
