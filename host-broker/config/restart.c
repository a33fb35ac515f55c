#include "host-broker/config/restart.h"

#include <string.h>

enum kind { KIND_TEXT, KIND_BYTES, KIND_LIST, KIND_USB, KIND_ACCESS };

#define FIELD(kind, restart, key, member) \
	{ \
		key, kind, restart, offsetof(struct vm_config, member), \
			sizeof(((struct vm_config *)0)->member) \
	}

static const struct field {
	const char *key;
	enum kind kind;
	bool restart;
	size_t offset;
	size_t size;
} fields[] = {
	FIELD(KIND_TEXT, true, "monitor", monitor),
	FIELD(KIND_TEXT, true, "machine", machine),
	FIELD(KIND_BYTES, true, "accel", accel),
	FIELD(KIND_BYTES, true, "memory", memory_bytes),
	FIELD(KIND_BYTES, true, "memory_min", memory_min_bytes),
	FIELD(KIND_BYTES, true, "cpus", cpus),
	FIELD(KIND_TEXT, true, "image", image),
	FIELD(KIND_TEXT, true, "kernel", kernel),
	FIELD(KIND_TEXT, true, "initrd", initrd),
	FIELD(KIND_TEXT, true, "cmdline", cmdline),
	FIELD(KIND_TEXT, true, "run_as", run_as),
	FIELD(KIND_BYTES, true, "vsock", vsock),
	FIELD(KIND_BYTES, true, "cid", cid),
	FIELD(KIND_BYTES, true, "sandbox", sandbox),
	FIELD(KIND_TEXT, false, "color", color),
	FIELD(KIND_TEXT, false, "user", user),
	FIELD(KIND_LIST, false, "guest_users", guest_users),
	FIELD(KIND_LIST, false, "pass_env", pass_env),
	FIELD(KIND_BYTES, false, "autostart", autostart),
	FIELD(KIND_BYTES, false, "exec", exec),
	FIELD(KIND_BYTES, false, "start_timeout", start_timeout_ms),
	FIELD(KIND_BYTES, false, "stop_timeout", stop_timeout_ms),
	FIELD(KIND_USB, false, "usb", usb),
	FIELD(KIND_BYTES, false, "idle", idle.after_ms),
	FIELD(KIND_BYTES, false, "idle", idle.notify_ms),
	FIELD(KIND_BYTES, false, "idle", idle.cpu_percent),
	FIELD(KIND_BYTES, false, "idle", idle.tray),
	FIELD(KIND_BYTES, false, "tray_items", tray.items),
	FIELD(KIND_BYTES, false, "tray_rate", tray.updates_per_second),
	FIELD(KIND_BYTES, false, "notification_rate", tray.notifications_per_minute),
	FIELD(KIND_ACCESS, false, "access", access),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))
_Static_assert(FIELDS <= CONFIG_KEYS_MAX, "every key fits into a difference");

static bool lists_equal(const struct text_list *one, const struct text_list *other)
{
	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (strcmp(one->items[i], other->items[i]) != 0)
			return false;
	return true;
}

static bool rules_equal(const struct vm_config *one, const struct vm_config *other)
{
	if (one->usb_count != other->usb_count)
		return false;
	for (size_t i = 0; i < one->usb_count; i++) {
		const struct usb_rule *a = &one->usb[i], *b = &other->usb[i];
		if (a->vendor != b->vendor || a->product != b->product || a->class != b->class ||
			a->action != b->action || strcmp(a->serial, b->serial) != 0 ||
			strcmp(a->port, b->port) != 0)
			return false;
	}
	return true;
}

static bool access_equal(const struct access_config *one, const struct access_config *other)
{
	return lists_equal(&one->users, &other->users) &&
	       lists_equal(&one->groups, &other->groups) &&
	       lists_equal(&one->managers, &other->managers) &&
	       lists_equal(&one->manager_groups, &other->manager_groups);
}

static bool field_equal(
	const struct field *field, const struct vm_config *one, const struct vm_config *other)
{
	const void *a = (const char *)one + field->offset;
	const void *b = (const char *)other + field->offset;

	switch (field->kind) {
	case KIND_TEXT:
		return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
	case KIND_BYTES:
		return memcmp(a, b, field->size) == 0;
	case KIND_LIST:
		return lists_equal(a, b);
	case KIND_USB:
		return rules_equal(one, other);
	case KIND_ACCESS:
		return access_equal(a, b);
	}
	return false;
}

static void key_add(const char **keys, size_t *count, const char *key)
{
	if (*count == 0 || strcmp(keys[*count - 1], key) != 0)
		keys[(*count)++] = key;
}

void vm_config_compare(const struct vm_config *before, const struct vm_config *after,
	struct config_difference *ret)
{
	*ret = (struct config_difference){0};
	for (size_t i = 0; i < FIELDS; i++) {
		if (field_equal(&fields[i], before, after))
			continue;
		if (fields[i].restart)
			key_add(ret->restart, &ret->restart_count, fields[i].key);
		else
			key_add(ret->live, &ret->live_count, fields[i].key);
	}
}

void vm_config_merge(
	const struct vm_config *ran, const struct vm_config *newest, struct vm_config *ret)
{
	*ret = *newest;
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].restart)
			memcpy((char *)ret + fields[i].offset, (const char *)ran + fields[i].offset,
				fields[i].size);
}
