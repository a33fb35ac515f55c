#include "host-broker/config/check.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/switch.h"
#include "host-broker/config/tray.h"
#include "host-broker/config/units.h"
#include "host-broker/config/usb.h"
#include "proto/base/colour.h"
#include "proto/base/text.h"
#include "proto/limits.h"

#define MEMORY_MIN (UINT64_C(32) << 20)
#define MEMORY_MAX (UINT64_C(1) << 40)
#define CPUS_MAX 64
#define CID_MIN 3
#define CID_MAX (UINT32_MAX - 1) /* VMADDR_CID_ANY is the next */
#define GUEST_USERS_MAX 32

static bool is_any(const char *text)
{
	return text_is_utf8(text, strlen(text)) && !strpbrk(text, "\n\r");
}

static bool is_word(const char *text)
{
	return text_is_vm_name(text);
}

static bool is_machine(const char *text)
{
	return strcmp(text, "q35") == 0 || strcmp(text, "microvm") == 0;
}

static bool is_path(const char *text)
{
	return text[0] == '\0' || (text[0] == '/' && is_any(text));
}

static bool is_user(const char *text)
{
	return text[0] == '\0' || text_is_user_name(text);
}

static bool is_color(const char *text)
{
	struct colour colour;

	return text[0] == '\0' || colour_parse(text, &colour) == 0;
}

static bool is_listed_user(const char *text)
{
	return strcmp(text, "*") == 0 || text_is_user_name(text);
}

/* A variable's name as a shell knows it, with a '*' at the end for any rest. */
static bool is_variable(const char *text)
{
	size_t length = strlen(text);
	size_t name =
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

	return name > 0 && length <= PASS_ENV_NAME_MAX && !isdigit((unsigned char)text[0]) &&
	       (name == length || (name == length - 1 && text[name] == '*'));
}

#define OF(member) offsetof(struct file_vm, member), offsetof(struct vm_config, member)

static const struct text_key {
	const char *key;
	size_t from, to;
	const char *standard;
	bool (*check)(const char *text);
	const char *expected;
} text_keys[] = {
	{"name", OF(name), "", text_is_vm_name,
		"1 to 32 of a-z, 0-9, '-' and '_', beginning with a letter"},
	{"color", OF(color), "", is_color, "a CSS colour name or #rrggbb"},
	{"monitor", OF(monitor), "qemu", is_word, "the name of a monitor: qemu"},
	{"machine", OF(machine), "q35", is_machine, "q35 or microvm"},
	{"image", OF(image), "small", is_word, "the name of an image, such as small"},
	{"kernel", OF(kernel), "", is_path, "an absolute path"},
	{"initrd", OF(initrd), "", is_path, "an absolute path"},
	{"cmdline", OF(cmdline), "", is_any, "kernel parameters in one line"},
	{"run_as", OF(run_as), "", is_user, "the name of a user of the host"},
	{"user", OF(user), "", is_user, "the name of a user in the guest"},
};

static const struct list_key {
	const char *key;
	size_t from, from_count, to;
	size_t max;
	bool (*check)(const char *text);
	const char *expected;
} list_keys[] = {
	{"guest_users", offsetof(struct file_vm, guest_users),
		offsetof(struct file_vm, guest_users_count),
		offsetof(struct vm_config, guest_users), GUEST_USERS_MAX, is_listed_user,
		"at most 32 names of users in the guest, or '*'"},
	{"pass_env", offsetof(struct file_vm, pass_env), offsetof(struct file_vm, pass_env_count),
		offsetof(struct vm_config, pass_env), PASS_ENV_MAX, is_variable,
		"at most 32 names of variables, such as LANG or LC_*"},
};

#define LIST_KEYS (sizeof(list_keys) / sizeof(list_keys[0]))

static const struct {
	const char *key;
	const char *expected;
} other_keys[] = {
	{"memory", "a size from 32M to 1024G, such as 256M or 2G"},
	{"memory_min", "a size from 32M to what memory says"},
	{"memory_reserve", "a size, such as 1G"},
	{"memory_budget", "a size, such as 8G"},
	{"cpus", "a number from 1 to 64"},
	{"cid", "a number from 3 to 4294967294"},
	{"accel", "auto, kvm or tcg"},
	{"vsock", "auto, device or kernel"},
	{"sandbox", "required or best-effort"},
	{"exec", "any or services"},
	{"autostart", CONFIG_SWITCH_EXPECTED},
	{"start_timeout", "a time such as 60s or 2m"},
	{"stop_timeout", "a time such as 20s or 2m"},
	{"vms", "a list of VMs"},
	{"access", "the keys users, groups, managers, manager_groups"},
	{"users", "a list of names"},
	{"groups", "a list of names"},
	{"managers", "a list of names"},
	{"manager_groups", "a list of names"},
	{"idle", "the keys after, notify, cpu, tray"},
	{"after", "a time such as 10m"},
	{"notify", "a time such as 60s"},
	{"cpu", "a percentage of one processor, such as 20"},
	{"broker", "the keys image_dir, qemu, log_level, run_as, uid_range, memory_reserve, "
		   "memory_budget, idle_exit"},
	{"uid_range",
		"at most 8192 numbers from 1000 on, without 65534 and 65535, such as 90000-93999"},
	{"idle_exit", "a time such as 10m, or 0s to stay"},
	{"log_level", "error, warning, info or debug"},
	{"image_dir", "an absolute path"},
	{"qemu", "a program's name or path"},
};

const char *config_expected(const char *key)
{
	for (size_t i = 0; i < sizeof(text_keys) / sizeof(text_keys[0]); i++)
		if (strcmp(text_keys[i].key, key) == 0)
			return text_keys[i].expected;
	for (size_t i = 0; i < LIST_KEYS; i++)
		if (strcmp(list_keys[i].key, key) == 0)
			return list_keys[i].expected;
	for (size_t i = 0; i < sizeof(other_keys) / sizeof(other_keys[0]); i++)
		if (strcmp(other_keys[i].key, key) == 0)
			return other_keys[i].expected;
	const char *expected = config_tray_expected(key);
	if (!expected)
		expected = config_usb_expected(key);
	return expected ? expected : "";
}

static int problem_at(struct config_problem *problem, const char *key)
{
	*problem = (struct config_problem){.key = key, .expected = config_expected(key)};
	return UV_EINVAL;
}

/* All texts are set, with copies, whatever they say, so that finishing is the same for all. */
static int texts_copy(const struct file_vm *file, struct vm_config *vm)
{
	for (size_t i = 0; i < sizeof(text_keys) / sizeof(text_keys[0]); i++) {
		const struct text_key *key = &text_keys[i];
		const char *text = *(const char *const *)((const char *)file + key->from);
		char *copy = strdup(text ? text : key->standard);
		if (!copy)
			return UV_ENOMEM;
		*(const char **)((char *)vm + key->to) = copy;
	}
	return 0;
}

static int texts_check(const struct vm_config *vm, struct config_problem *problem)
{
	for (size_t i = 0; i < sizeof(text_keys) / sizeof(text_keys[0]); i++) {
		const struct text_key *key = &text_keys[i];
		if (!key->check(*(const char *const *)((const char *)vm + key->to)))
			return problem_at(problem, key->key);
	}
	return 0;
}

static int list_make(const struct list_key *key, const struct file_vm *file, struct vm_config *vm,
	struct config_problem *problem)
{
	char *const *texts = *(char *const *const *)((const char *)file + key->from);
	unsigned int count = *(const unsigned int *)((const char *)file + key->from_count);
	struct text_list *list = (struct text_list *)((char *)vm + key->to);

	if (count > key->max)
		return problem_at(problem, key->key);
	list->items = calloc(count + 1, sizeof(*list->items));
	if (!list->items)
		return UV_ENOMEM;
	for (; list->count < count; list->count++) {
		if (!key->check(texts[list->count]))
			return problem_at(problem, key->key);
		list->items[list->count] = strdup(texts[list->count]);
		if (!list->items[list->count])
			return UV_ENOMEM;
	}
	return 0;
}

static void list_finish(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
}

static int numbers_make(
	const struct file_vm *file, struct vm_config *vm, struct config_problem *problem)
{
	vm->cpus = 1;
	vm->autostart = file->autostart && *file->autostart;
	if (units_parse_size(file->memory ? file->memory : "256M", &vm->memory_bytes) < 0 ||
		vm->memory_bytes < MEMORY_MIN || vm->memory_bytes > MEMORY_MAX)
		return problem_at(problem, "memory");
	vm->memory_min_bytes = vm->memory_bytes;
	if (file->memory_min && (units_parse_size(file->memory_min, &vm->memory_min_bytes) < 0 ||
					vm->memory_min_bytes < MEMORY_MIN ||
					vm->memory_min_bytes > vm->memory_bytes))
		return problem_at(problem, "memory_min");
	if (file->cpus && (units_parse_number(file->cpus, CPUS_MAX, &vm->cpus) < 0 || vm->cpus < 1))
		return problem_at(problem, "cpus");
	if (file->cid &&
		(units_parse_number(file->cid, CID_MAX, &vm->cid) < 0 || vm->cid < CID_MIN))
		return problem_at(problem, "cid");
	if (units_parse_time(
		    file->start_timeout ? file->start_timeout : "60s", &vm->start_timeout_ms) < 0 ||
		vm->start_timeout_ms == 0)
		return problem_at(problem, "start_timeout");
	if (units_parse_time(
		    file->stop_timeout ? file->stop_timeout : "20s", &vm->stop_timeout_ms) < 0)
		return problem_at(problem, "stop_timeout");
	return 0;
}

static int usb_make(
	const struct file_vm *file, struct vm_config *vm, struct config_problem *problem)
{
	const char *key = NULL;
	int code = config_usb_make(file->usb, file->usb_count, &vm->usb, &key);

	vm->usb_count = code == 0 ? file->usb_count : 0;
	return code == UV_EINVAL ? problem_at(problem, key) : code;
}

static int access_make(
	const struct file_vm *file, struct vm_config *vm, struct config_problem *problem)
{
	const char *expected = "";
	int code = config_access_make(file->access, &vm->access, &expected);

	if (code == UV_EINVAL)
		*problem = (struct config_problem){.key = "access", .expected = expected};
	return code;
}

static int idle_make(
	const struct file_vm *file, struct vm_config *vm, struct config_problem *problem)
{
	const char *expected = "";
	int code = config_idle_make(file->idle, &vm->idle, &expected);

	if (code < 0)
		*problem = (struct config_problem){.key = "idle", .expected = expected};
	return code;
}

static int tray_make(
	const struct file_vm *file, struct vm_config *vm, struct config_problem *problem)
{
	const char *key = NULL;
	int code = config_tray_make(&file->tray, &vm->tray, &key);

	return code == UV_EINVAL ? problem_at(problem, key) : code;
}

int vm_config_make(
	const struct file_vm *file, struct vm_config *ret, struct config_problem *problem)
{
	ret->accel = file->accel ? *file->accel : ACCEL_AUTO;
	ret->vsock = file->vsock ? *file->vsock : VSOCK_AUTO;
	ret->exec = file->exec ? *file->exec : EXEC_ANY;
	ret->sandbox = file->sandbox ? *file->sandbox : SANDBOX_REQUIRED;
	int code = texts_copy(file, ret);
	if (code == 0)
		code = texts_check(ret, problem);
	if (code == 0)
		code = usb_make(file, ret, problem);
	if (code == 0)
		code = tray_make(file, ret, problem);
	if (code == 0)
		code = numbers_make(file, ret, problem);
	for (size_t i = 0; code == 0 && i < LIST_KEYS; i++)
		code = list_make(&list_keys[i], file, ret, problem);
	if (code == 0)
		code = access_make(file, ret, problem);
	return code == 0 ? idle_make(file, ret, problem) : code;
}

void vm_config_finish(struct vm_config *vm)
{
	for (size_t i = 0; i < sizeof(text_keys) / sizeof(text_keys[0]); i++)
		free(*(char **)((char *)vm + text_keys[i].to));
	config_usb_free(vm->usb, vm->usb_count);
	for (size_t i = 0; i < LIST_KEYS; i++)
		list_finish((struct text_list *)((char *)vm + list_keys[i].to));
	config_access_finish(&vm->access);
	free((char *)vm->source);
	*vm = (struct vm_config){0};
}
