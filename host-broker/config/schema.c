#include "host-broker/config/schema.h"

#include "host-broker/config/switch.h"
#include "host-broker/config/usb.h"

#define TEXT(key, structure, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, \
		0, CYAML_UNLIMITED)
#define CHOICE(key, structure, member, names) \
	CYAML_FIELD_ENUM_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, \
		structure, member, names, CYAML_ARRAY_LEN(names))

/* Of texts. */
#define LIST(key, structure, member) \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, \
		&text_schema, 0, CYAML_UNLIMITED)

static const cyaml_schema_value_t text_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};
static const cyaml_strval_t exec_names[] = {{"any", EXEC_ANY}, {"services", EXEC_SERVICES}};
static const cyaml_strval_t accel_names[] = {
	{"auto", ACCEL_AUTO}, {"kvm", ACCEL_KVM}, {"tcg", ACCEL_TCG}};
static const cyaml_strval_t vsock_names[] = {
	{"auto", VSOCK_AUTO}, {"device", VSOCK_DEVICE}, {"kernel", VSOCK_KERNEL}};
static const cyaml_strval_t sandbox_names[] = {
	{"required", SANDBOX_REQUIRED}, {"best-effort", SANDBOX_BEST_EFFORT}};

static const cyaml_schema_field_t vm_fields[] = {
	CYAML_FIELD_STRING_PTR(
		"name", CYAML_FLAG_POINTER, struct file_vm, name, 0, CYAML_UNLIMITED),
	TEXT("color", struct file_vm, color),
	TEXT("monitor", struct file_vm, monitor),
	TEXT("machine", struct file_vm, machine),
	CHOICE("accel", struct file_vm, accel, accel_names),
	TEXT("memory", struct file_vm, memory),
	TEXT("memory_min", struct file_vm, memory_min),
	TEXT("cpus", struct file_vm, cpus),
	TEXT("image", struct file_vm, image),
	TEXT("kernel", struct file_vm, kernel),
	TEXT("initrd", struct file_vm, initrd),
	TEXT("cmdline", struct file_vm, cmdline),
	TEXT("run_as", struct file_vm, run_as),
	TEXT("user", struct file_vm, user),
	LIST("guest_users", struct file_vm, guest_users),
	LIST("pass_env", struct file_vm, pass_env),
	CHOICE("exec", struct file_vm, exec, exec_names),
	CHOICE("vsock", struct file_vm, vsock, vsock_names),
	TEXT("cid", struct file_vm, cid),
	CONFIG_SWITCH("autostart", struct file_vm, autostart),
	TEXT("start_timeout", struct file_vm, start_timeout),
	TEXT("stop_timeout", struct file_vm, stop_timeout),
	CHOICE("sandbox", struct file_vm, sandbox, sandbox_names),
	CYAML_FIELD_SEQUENCE("usb", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_vm, usb,
		&config_usb_schema, 0, CYAML_UNLIMITED),
	CYAML_FIELD_MAPPING_PTR("idle", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_vm,
		idle, config_idle_fields),
	CONFIG_TRAY_FIELDS(struct file_vm),
	CYAML_FIELD_MAPPING_PTR("access", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_vm,
		access, config_access_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t vm_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct file_vm, vm_fields),
};

static const cyaml_schema_field_t broker_fields[] = {
	TEXT("image_dir", struct file_broker, image_dir),
	TEXT("qemu", struct file_broker, qemu),
	TEXT("log_level", struct file_broker, log_level),
	TEXT("memory_reserve", struct file_broker, memory_reserve),
	TEXT("memory_budget", struct file_broker, memory_budget),
	TEXT("run_as", struct file_broker, run_as),
	TEXT("uid_range", struct file_broker, uid_range),
	TEXT("idle_exit", struct file_broker, idle_exit),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t top_fields[] = {
	CYAML_FIELD_MAPPING_PTR("broker", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct file_config, broker, broker_fields),
	CYAML_FIELD_SEQUENCE("vms", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_config,
		vms, &vm_schema, 0, CYAML_UNLIMITED),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_config, top_fields),
};
