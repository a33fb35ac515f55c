#include "host-broker/config/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "host-broker/config/network.h"
#include "host-broker/config/usb.h"
#include "host-broker/config/value/chord.h"
#include "host-broker/config/value/mount-point.h"
#include "proto/base/colour.h"
#include "proto/base/log.h"
#include "proto/base/regional.h"
#include "proto/base/text.h"
#include "proto/limits.h"

#define TIME_MAX_MS (24 * 60 * 60 * 1000) /* of units_parse_time() */

/* ---- words, each set in this one place ---- */

#define NAMES(list) \
	{ \
		(list), CYAML_ARRAY_LEN(list), false \
	}

static const cyaml_strval_t switch_items[] = {
	{"on", 1}, {"off", 0}, {"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}};
static const cyaml_strval_t autostart_items[] = {{"on", AUTOSTART_YES}, {"off", AUTOSTART_NO},
	{"paused", AUTOSTART_PAUSED}, {"true", AUTOSTART_YES}, {"false", AUTOSTART_NO},
	{"yes", AUTOSTART_YES}, {"no", AUTOSTART_NO}};
static const cyaml_strval_t accel_items[] = {
	{"auto", ACCEL_AUTO}, {"kvm", ACCEL_KVM}, {"tcg", ACCEL_TCG}};
static const cyaml_strval_t vsock_items[] = {
	{"auto", VSOCK_AUTO}, {"device", VSOCK_DEVICE}, {"kernel", VSOCK_KERNEL}};
static const cyaml_strval_t sandbox_items[] = {
	{"required", SANDBOX_REQUIRED}, {"best-effort", SANDBOX_BEST_EFFORT}};
static const cyaml_strval_t pause_network_items[] = {
	{"keep", PAUSE_NETWORK_KEEP}, {"ignore", PAUSE_NETWORK_IGNORE}};
static const cyaml_strval_t layer_items[] = {
	{"auto", LAYER_AUTO}, {"memory", LAYER_MEMORY}, {"disk", LAYER_DISK}};
static const cyaml_strval_t fullscreen_items[] = {
	{"framed", FULLSCREEN_FRAMED}, {"bare", FULLSCREEN_BARE}};
static const cyaml_strval_t exec_items[] = {{"any", EXEC_ANY}, {"services", EXEC_SERVICES}};

/* libcyaml's own booleans take whatever they do not know for true. */
static const struct key_names switch_names = {switch_items, CYAML_ARRAY_LEN(switch_items), true};
static const struct key_names autostart_names = {
	autostart_items, CYAML_ARRAY_LEN(autostart_items), true};
static const struct key_names accel_names = NAMES(accel_items);
static const struct key_names vsock_names = NAMES(vsock_items);
static const struct key_names sandbox_names = NAMES(sandbox_items);
static const struct key_names pause_network_names = NAMES(pause_network_items);
static const struct key_names layer_names = NAMES(layer_items);
static const struct key_names fullscreen_names = NAMES(fullscreen_items);
static const struct key_names exec_names = NAMES(exec_items);

const char *config_sandbox_word(enum sandbox_level level)
{
	return key_choice_name(&sandbox_names, level);
}

/* ---- what a text must be ---- */

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
	return text[0] == '/' && is_any(text);
}

/* On the host; a person's home is his broker's matter (paths_expand()). */
static bool is_host_path(const char *text)
{
	return is_path(text[0] == '~' ? text + 1 : text);
}

static bool is_layout(const char *text)
{
	return text[0] && regional_is_keyboard_word(text);
}

static bool is_color(const char *text)
{
	struct colour colour;

	return colour_parse(text, &colour) == 0;
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

static bool is_log_level(const char *text)
{
	return log_level_parse(text) >= 0;
}

/* ---- uid_range: "FIRST-LAST"; the member is a struct uid_range ---- */

static int range_set(const struct key *key, const char *text, void *member)
{
	(void)key;
	return text && !uid_range_parse(text, member) ? UV_EINVAL : 0;
}

static bool range_is_unset(const struct key *key, const void *member)
{
	(void)key;
	return ((const struct uid_range *)member)->last == 0;
}

static json_t *range_print(const struct key *key, const void *member)
{
	const struct uid_range *range = member;
	char text[32];

	(void)key;
	snprintf(text, sizeof(text), "%u-%u", range->first, range->last);
	return json_string(text);
}

static bool range_equal(const struct key *key, const void *one, const void *other)
{
	const struct uid_range *a = one, *b = other;

	(void)key;
	return a->first == b->first && a->last == b->last;
}

static const struct key_type key_range = {
	.form = KEY_TEXT,
	.size = sizeof(struct uid_range),
	.set = range_set,
	.is_unset = range_is_unset,
	.print = range_print,
	.equal = range_equal,
};

/* ---- rows ---- */

#define TEXT(verify) &key_text, .check = (verify)
#define NUMBER(low, high) &key_number, .min = (low), .max = (high)
#define TIME(low) &key_time, .min = (low), .max = TIME_MAX_MS
#define SIZE(low, high) &key_size, .min = (low), .max = (high)
#define CHOICE(words) &key_choice, .names = &(words)
#define SWITCH &key_switch, .names = &switch_names, .expected = SWITCH_EXPECTED
#define SWITCH_EXPECTED "on or off, true or false, yes or no"
#define TEXTS(verify, most) &key_texts, .check = (verify), .max = (most)
#define MAPPING(keys) &key_mapping, .table = &(keys), .expected = "the keys"
#define MAPPINGS(keys) &key_mappings, .table = &(keys)

/* ---- access ---- */

#define NAMED(name, member) \
	{ \
		name, TEXTS(text_is_user_name, ACCESS_NAMES_MAX), \
			KEY_AT(struct access_config, member), .expected = "a list of names" \
	}

static const struct key access_rows[] = {
	NAMED("users", users),
	NAMED("groups", groups),
	NAMED("managers", managers),
	NAMED("manager_groups", manager_groups),
};

static const struct key_table access_keys = {
	KEY_ROWS(access_rows), .size = sizeof(struct access_config)};

/* ---- idle ---- */

#define AT(member) KEY_AT(struct idle_config, member)

static const struct key idle_rows[] = {
	{"pause", TIME(IDLE_AFTER_MIN_MS), AT(pause_ms), .otherwise = "never",
		.expected = "a time from 1s to what after says, such as 2m"},
	{"after", TIME(IDLE_AFTER_MIN_MS), AT(after_ms), .needed = true,
		.expected = "a time from 1s to 24h, such as 10m"},
	{"notify", TIME(0), AT(notify_ms), .standard = "60s",
		.expected = "a time such as 60s, or 0s for no notice"},
	{"cpu", NUMBER(1, IDLE_CPU_MAX), AT(cpu_percent), .otherwise = "does not count",
		.expected = "a percentage of one processor, 1 to 100000"},
	{"tray", SWITCH, AT(tray), .standard = "on"},
};

#undef AT

static const char *idle_settle(void *value)
{
	const struct idle_config *idle = value;

	return idle->pause_ms > idle->after_ms ? "pause" : NULL;
}

static const struct key_table idle_keys = {
	KEY_ROWS(idle_rows), .size = sizeof(struct idle_config), .settle = idle_settle};

/* ---- pause ---- */

static const struct key pause_rows[] = {
	{"network", CHOICE(pause_network_names), KEY_AT(struct pause_config, network),
		.standard = "keep", .expected = "keep or ignore"},
};

static const struct key_table pause_keys = {
	KEY_ROWS(pause_rows), .size = sizeof(struct pause_config)};

/* ---- keyboard ---- */

#define AT(member) KEY_AT(struct keyboard_config, member)

static const struct key keyboard_rows[] = {
	{"layout", TEXT(is_layout), AT(layout), .needed = true,
		.expected = "layouts of XKB, such as us or de,us"},
	{"variant", TEXT(regional_is_keyboard_word), AT(variant),
		.expected = "variants of XKB, such as nodeadkeys"},
	{"model", TEXT(regional_is_keyboard_word), AT(model), .standard = "pc105",
		.expected = "a model of XKB, such as pc105"},
	{"options", TEXT(regional_is_keyboard_word), AT(options),
		.expected = "options of XKB, such as compose:ralt"},
};

#undef AT

static const struct key_table keyboard_keys = {
	KEY_ROWS(keyboard_rows), .size = sizeof(struct keyboard_config)};

/* ---- disks ---- */

#define DISK_MIN (UINT64_C(16) << 20)
#define DISK_MAX (UINT64_C(16) << 40)
#define DISK_EXPECTED "a size from 16M to 16384G, such as 4G"
#define HOST_PATH_EXPECTED "an absolute path, or one that begins with ~/"

#define AT(member) KEY_AT(struct root_config, member)

static const struct key root_rows[] = {
	{"layer", CHOICE(layer_names), AT(layer), .standard = "auto",
		.expected = "auto, memory or disk; a layer that is kept is on disk"},
	{"size", SIZE(DISK_MIN, DISK_MAX), AT(size_bytes),
		.otherwise = "half of memory, or 10G on disk", .expected = DISK_EXPECTED},
	{"keep", SWITCH, AT(keep), .standard = "off"},
};

#undef AT

static const char *root_settle(void *value)
{
	const struct root_config *root = value;

	return root->keep && root->layer == LAYER_MEMORY ? "layer" : NULL;
}

static const struct key_table root_keys = {
	KEY_ROWS(root_rows), .size = sizeof(struct root_config), .settle = root_settle};

#define AT(member) KEY_AT(struct disk_config, member)

static const struct key disk_rows[] = {
	{"path", TEXT(is_host_path), AT(path), .needed = true, .expected = HOST_PATH_EXPECTED},
	{"size", SIZE(DISK_MIN, DISK_MAX), AT(size_bytes), .otherwise = "the one that it has",
		.expected = DISK_EXPECTED},
	{"read_only", SWITCH, AT(read_only), .standard = "off"},
	{"mount", TEXT(mount_point_valid), AT(mount), .otherwise = "not mounted",
		.expected = MOUNT_POINT_EXPECTED},
};

#undef AT

static const struct key_table disk_keys = {KEY_ROWS(disk_rows), .size = sizeof(struct disk_config)};
/* ---- shares ---- */

#define AT(member) KEY_AT(struct share_config, member)

static const struct key share_rows[] = {
	{"path", TEXT(is_host_path), AT(path), .needed = true, .expected = HOST_PATH_EXPECTED},
	{"mount", TEXT(mount_point_valid), AT(mount), .needed = true,
		.expected = MOUNT_POINT_EXPECTED},
	{"read_only", SWITCH, AT(read_only), .standard = "off"},
	{"run_as", TEXT(text_is_user_name), AT(run_as), .otherwise = "the folder's owner",
		.expected = "the name of a user of the host"},
};

#undef AT

static const struct key_table share_keys = {
	KEY_ROWS(share_rows), .size = sizeof(struct share_config)};

/* ---- windows ---- */

#define WINDOWS_MEMORY_MIN (UINT64_C(16) << 20)
#define WINDOWS_MEMORY_MAX (UINT64_C(4) * WINDOWS_PIXELS_MAX)
#define CHORD_EXPECTED "a chord such as Ctrl+Alt+C"

#define AT(member) KEY_AT(struct windows_config, member)

static const struct key windows_rows[] = {
	{"show", SWITCH, AT(shown), .standard = "on"},
	{"count", NUMBER(1, WINDOWS_MAX), AT(count), .standard = "256",
		.expected = "a number from 1 to 256"},
	{"memory", SIZE(WINDOWS_MEMORY_MIN, WINDOWS_MEMORY_MAX), AT(memory_bytes),
		.standard = "256M", .expected = "a size from 16M to 256M"},
	{"shared", SIZE(0, WINDOWS_SHARED_MAX), AT(shared_bytes), .unset = WINDOWS_SHARED_AUTO,
		.otherwise = "by what is free", .expected = "a size from 0M to 1G"},
	{"clipboard", SIZE(0, WINDOWS_CLIPBOARD_MAX), AT(clipboard_bytes), .standard = "1M",
		.expected = "a size up to 64M, or 0M for none"},
	{"copy", TEXT(chord_is), AT(copy), .standard = "Ctrl+Alt+C", .expected = CHORD_EXPECTED},
	{"paste", TEXT(chord_is), AT(paste), .standard = "Ctrl+Alt+V", .expected = CHORD_EXPECTED},
	{"fullscreen", CHOICE(fullscreen_names), AT(fullscreen), .standard = "framed",
		.expected = "framed or bare"},
	{"text_input", SWITCH, AT(text_input), .standard = "on"},
	{"drags", SWITCH, AT(drags), .standard = "on"},
};

#undef AT

static const char *windows_settle(void *value)
{
	const struct windows_config *windows = value;

	return strcasecmp(windows->copy, windows->paste) == 0 ? "paste" : NULL;
}

/* The region is the monitor's from its start. */
static bool windows_wait(const void *before, const void *after)
{
	const struct windows_config *a = before, *b = after;

	return a->shared_bytes != b->shared_bytes;
}

static const struct key_table windows_keys = {
	KEY_ROWS(windows_rows), .size = sizeof(struct windows_config), .settle = windows_settle};

/* ---- a VM ---- */

#define AT(member) KEY_AT(struct vm_config, member)
#define MEMORY_MIN (UINT64_C(32) << 20)
#define MEMORY_MAX (UINT64_C(1) << 40)
#define CPUS_MAX 64
#define CID_MIN 3
#define CID_MAX (UINT32_MAX - 1) /* VMADDR_CID_ANY is the next */
#define GUEST_USERS_MAX 32
#define GUEST_UID_MIN 1000 /* what is below is the guest's system's own */
#define GUEST_UID_MAX 60000

static const struct key vm_rows[] = {
	{"name", TEXT(text_is_vm_name), AT(name), .needed = true, .change = KEY_NEVER,
		.expected = "1 to 32 of a-z, 0-9, '-' and '_', beginning with a letter"},
	{"color", TEXT(is_color), AT(color), .expected = "a CSS colour name or #rrggbb"},
	{"monitor", TEXT(is_word), AT(monitor), .standard = "qemu", .change = KEY_RESTART,
		.expected = "the name of a monitor: qemu"},
	{"machine", TEXT(is_machine), AT(machine), .standard = "q35", .change = KEY_RESTART,
		.expected = "q35 or microvm"},
	{"accel", CHOICE(accel_names), AT(accel), .standard = "auto", .change = KEY_RESTART,
		.expected = "auto, kvm or tcg"},
	{"memory", SIZE(MEMORY_MIN, MEMORY_MAX), AT(memory_bytes), .standard = "256M",
		.change = KEY_RESTART, .expected = "a size from 32M to 1024G, such as 256M or 2G"},
	{"memory_min", SIZE(MEMORY_MIN, MEMORY_MAX), AT(memory_min_bytes), .otherwise = "as memory",
		.change = KEY_RESTART, .expected = "a size from 32M to what memory says"},
	{"cpus", NUMBER(1, CPUS_MAX), AT(cpus), .standard = "1", .change = KEY_RESTART,
		.expected = "a number from 1 to 64"},
	{"image", TEXT(is_word), AT(image), .standard = "small", .change = KEY_RESTART,
		.expected = "the name of an image, such as small"},
	{"kernel", TEXT(is_path), AT(kernel), .otherwise = "the image's", .change = KEY_RESTART,
		.expected = "an absolute path"},
	{"initrd", TEXT(is_path), AT(initrd), .otherwise = "the image's", .change = KEY_RESTART,
		.expected = "an absolute path"},
	{"cmdline", TEXT(is_any), AT(cmdline), .change = KEY_RESTART,
		.expected = "kernel parameters in one line"},
	{"root", MAPPING(root_keys), AT(root), .change = KEY_RESTART},
	{"home", SIZE(DISK_MIN, DISK_MAX), AT(home_bytes), .otherwise = "on the root",
		.expected = DISK_EXPECTED},
	{"home_template", TEXT(is_host_path), AT(home_template), .otherwise = "empty",
		.change = KEY_RESTART, .expected = HOST_PATH_EXPECTED},
	{"disks", MAPPINGS(disk_keys), AT(disks), .max = DISKS_MAX, .change = KEY_RESTART,
		.expected = "a list of at most 12 disks, such as {path: ~/data.img, size: 10G}"},
	{"run_as", TEXT(text_is_user_name), AT(run_as), .otherwise = "that of broker",
		.change = KEY_RESTART, .expected = "the name of a user of the host"},
	{"user", TEXT(text_is_user_name), AT(user), .otherwise = "user, or root",
		.expected = "the name of a user in the guest"},
	{"guest_uid", NUMBER(GUEST_UID_MIN, GUEST_UID_MAX), AT(guest_uid), .standard = "1000",
		.change = KEY_RESTART, .expected = "a number from 1000 to 60000"},
	{"time_zone", TEXT(regional_is_zone), AT(time_zone), .otherwise = "the host's",
		.expected = "a time zone, such as Europe/Berlin"},
	{"locale", TEXT(regional_is_locale), AT(locale), .otherwise = "the host's",
		.expected = "a locale, such as de_DE.UTF-8"},
	{"keyboard", MAPPING(keyboard_keys), AT(keyboard), .within = "", .otherwise = "the host's"},
	{"guest_users", TEXTS(is_listed_user, GUEST_USERS_MAX), .min = 1, AT(guest_users),
		.expected = "1 to 32 names of users in the guest, or '*'"},
	{"pass_env", TEXTS(is_variable, PASS_ENV_MAX), AT(pass_env),
		.expected = "at most 32 names of variables, such as LANG or LC_*"},
	{"exec", CHOICE(exec_names), AT(exec), .standard = "any", .expected = "any or services"},
	{"vsock", CHOICE(vsock_names), AT(vsock), .standard = "auto", .change = KEY_RESTART,
		.expected = "auto, device or kernel"},
	{"cid", NUMBER(CID_MIN, CID_MAX), AT(cid), .otherwise = "one that is free",
		.change = KEY_RESTART, .expected = "a number from 3 to 4294967294"},
	{"autostart", CHOICE(autostart_names), AT(autostart), .standard = "off",
		.expected = "on, off or paused"},
	{"start_timeout", TIME(1), AT(start_timeout_ms), .standard = "60s",
		.expected = "a time such as 60s or 2m"},
	{"stop_timeout", TIME(0), AT(stop_timeout_ms), .standard = "20s",
		.expected = "a time such as 20s or 2m"},
	{"sandbox", CHOICE(sandbox_names), AT(sandbox), .standard = "required",
		.change = KEY_RESTART, .expected = "required or best-effort"},
	{"shares", MAPPINGS(share_keys), AT(shares), .max = SHARES_MAX, .change = KEY_RESTART,
		.expected = "a list of at most 16 shares, such as {path: ~/pictures, mount: "
			    "/mnt/pictures}"},
	{"usb", MAPPINGS(config_usb_keys), AT(usb),
		.expected = "a list of rules, such as {match: {class: storage}, attach: auto}"},
	{"idle", MAPPING(idle_keys), AT(idle), .within = "", .otherwise = "never"},
	{"pause", MAPPING(pause_keys), AT(pause)},
	{"tray", SWITCH, AT(tray.shown), .standard = "on"},
	{"notifications", SWITCH, AT(tray.notifications), .standard = "on"},
	{"tray_items", NUMBER(1, TRAY_ITEMS_MAX), AT(tray.items), .standard = "32",
		.expected = "a number from 1 to 64"},
	{"tray_rate", NUMBER(TRAY_RATE_MIN, TRAY_RATE_MAX), AT(tray.updates_per_second),
		.standard = "100", .expected = "updates per second, from 10 to 10000"},
	{"notification_rate", NUMBER(1, NOTIFICATION_RATE_MAX), AT(tray.notifications_per_minute),
		.standard = "60", .expected = "notifications per minute, from 1 to 6000"},
	{"windows", MAPPING(windows_keys), AT(windows), .scalar = "show", .within = "",
		.otherwise = "on, where the image has them", .waits = windows_wait},
	{"menu", TEXTS(text_is_service_name, MENU_MAX), .min = 1, AT(menu), .otherwise = "all",
		.scalar = "menu",
		.expected = "off, all, or a list of 1 to 256 programs, such as [firefox-esr]"},
	{"network", MAPPING(config_network_keys), AT(network), .otherwise = "none",
		.scalar = "netvm", .waits = config_network_waits},
	{"is_netvm", SWITCH, AT(is_netvm), .standard = "off", .change = KEY_RESTART},
	{"interfaces", MAPPINGS(config_interface_keys), AT(interfaces), .max = INTERFACES_MAX,
		.change = KEY_RESTART,
		.expected = "a list of at most 4 interfaces, such as {bridge: br0} or {tap: tap7}"},
	{"access", MAPPING(access_keys), AT(access),
		.within = "lists of at most 256 names: users, groups, managers, manager_groups"},
};

#undef AT

_Static_assert(sizeof(vm_rows) / sizeof(vm_rows[0]) <= CONFIG_KEYS_MAX,
	"every key fits into a difference");

/* "off" and "all" stand alone. */
static bool menu_is_right(const struct text_list *menu)
{
	for (size_t i = 0; menu->count > 1 && i < menu->count; i++)
		if (strcmp(menu->items[i], "off") == 0 || strcmp(menu->items[i], "all") == 0)
			return false;
	return true;
}

static const char *vm_settle(void *value)
{
	struct vm_config *vm = value;

	if (vm->memory_min_bytes == 0)
		vm->memory_min_bytes = vm->memory_bytes;
	if (vm->memory_min_bytes > vm->memory_bytes)
		return "memory_min";
	return menu_is_right(&vm->menu) ? NULL : "menu";
}

const struct key_table config_vm_keys = {
	KEY_ROWS(vm_rows), .size = sizeof(struct vm_config), .settle = vm_settle};

/* ---- the broker ---- */

#define AT(member) KEY_AT(struct broker_config, member)

static const struct key broker_rows[] = {
	{"image_dir", TEXT(is_path), AT(image_dir), .otherwise = "of the user or the machine",
		.expected = "an absolute path"},
	{"qemu", TEXT(NULL), AT(qemu), .standard = "qemu-system-x86_64",
		.expected = "a program's name or path"},
	{"virtiofsd", TEXT(is_path), AT(virtiofsd), .otherwise = "where Debian has it",
		.expected = "an absolute path"},
	{"log_level", TEXT(is_log_level), AT(log_level), .standard = "info",
		.expected = "error, warning, info or debug"},
	{"run_as", TEXT(text_is_user_name), AT(run_as),
		.expected = "the name of a user of the host"},
	{"uid_range", &key_range, AT(uid_range), .standard = "90000-93999",
		.expected = "a range of at most 8192 numbers from 1000 on, without 65534 and "
			    "65535, such as 90000-93999"},
	{"memory_reserve", SIZE(0, INT64_MAX), AT(memory_reserve_bytes),
		.unset = MEMORY_RESERVE_AUTO, .otherwise = "a twentieth of the host's",
		.expected = "a size, such as 1G"},
	{"memory_budget", SIZE(0, INT64_MAX), AT(memory_budget_bytes),
		.otherwise = "what the host has", .expected = "a size, such as 8G"},
	{"netvm_range", TEXT(config_is_range4), AT(netvm_range), .standard = "10.200.0.0/16",
		.expected = "a private range of IPv4, such as 10.200.0.0/16"},
	{"netvm_range6", TEXT(config_is_range6), AT(netvm_range6),
		.standard = "fd76:6d73:696c:c8::/64",
		.expected = "a range of unique local IPv6 addresses, at most a /112, such as "
			    "fd76:6d73:696c:c8::/64"},
	{"idle_exit", TIME(0), AT(idle_exit_ms), .standard = "10m",
		.expected = "a time such as 10m, or 0s for never"},
};

#undef AT

const struct key_table config_broker_keys = {
	KEY_ROWS(broker_rows), .size = sizeof(struct broker_config)};

/* ---- the file ---- */

static const struct key file_rows[] = {
	[CONFIG_FILE_BROKER] = {"broker", MAPPING(config_broker_keys)},
	[CONFIG_FILE_VMS] = {"vms", MAPPINGS(config_vm_keys), .expected = "a list of VMs"},
};

const struct key_table config_file_keys = {KEY_ROWS(file_rows)};
