#include "host-broker/usb/record.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/config/usb-selector.h"
#include "proto/base/boot-id.h"

#define FILE_NAME "usb.json"

static json_t *record_pack(const struct usb_record *record)
{
	json_t *interfaces = json_array();

	for (size_t i = 0; i < record->info->interfaces_count; i++)
		json_array_append_new(interfaces, json_integer(record->info->interfaces[i].number));
	return json_pack("{s:s, s:I, s:[I, I], s:s, s:I, s:I, s:I, s:I, s:o}", "vm", record->vm,
		"id", (json_int_t)record->id, "server", (json_int_t)record->server.pid,
		(json_int_t)record->server.start_time, "path", record->info->path, "bus",
		(json_int_t)record->info->bus, "device", (json_int_t)record->info->device, "vendor",
		(json_int_t)record->info->vendor, "product", (json_int_t)record->info->product,
		"interfaces", interfaces);
}

/* NULL without memory. */
static json_t *records_pack(const struct usb_record *records, size_t count)
{
	json_t *devices = json_array();
	char boot_id[BOOT_ID_SIZE];

	boot_id_get(boot_id);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(devices, record_pack(&records[i]));
	if (json_array_size(devices) == count)
		return json_pack("{s:s, s:o}", "boot_id", boot_id, "devices", devices);
	json_decref(devices);
	return NULL;
}

int usb_record_write(const struct paths *paths, const struct usb_record *records, size_t count)
{
	char path[PATH_SIZE], fresh[PATH_SIZE + 8];

	if (!paths_runtime(paths, NULL, FILE_NAME, path))
		return UV_ENAMETOOLONG;
	if (count == 0)
		return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
	json_t *root = records_pack(records, count);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	int code = root ? 0 : UV_ENOMEM;
	if (code == 0 && (json_dump_file(root, fresh, 0) < 0 || rename(fresh, path) < 0))
		code = errno ? -errno : UV_EIO;
	json_decref(root);
	return code;
}

static void record_read(const json_t *value,
	void (*on_record)(void *data, const struct usb_record *record), void *data)
{
	struct usb_info info = {0};
	struct usb_record record = {.info = &info};
	json_int_t id, pid, start, bus, device, vendor, product;
	const char *path;
	json_t *interfaces, *number;
	size_t index;

	if (json_unpack((json_t *)value, "{s:s, s:I, s:[I, I], s:s, s:I, s:I, s:I, s:I, s:o}", "vm",
		    &record.vm, "id", &id, "server", &pid, &start, "path", &path, "bus", &bus,
		    "device", &device, "vendor", &vendor, "product", &product, "interfaces",
		    &interfaces) < 0 ||
		!usb_path_valid(path) || pid <= 1 || pid > INT_MAX || start < 0 || id <= 0 ||
		id > UINT32_MAX)
		return;
	record.id = (uint32_t)id;
	record.server = (struct process_id){.pid = (pid_t)pid, .start_time = (uint64_t)start};
	snprintf(info.path, sizeof(info.path), "%s", path);
	info.bus = (uint32_t)bus;
	info.device = (uint32_t)device;
	info.vendor = (uint16_t)vendor;
	info.product = (uint16_t)product;
	json_array_foreach (interfaces, index, number) {
		if (info.interfaces_count < USB_INTERFACES_MAX)
			info.interfaces[info.interfaces_count++].number =
				(uint8_t)json_integer_value(number);
	}
	on_record(data, &record);
}

void usb_record_read(const struct paths *paths,
	void (*on_record)(void *data, const struct usb_record *record), void *data)
{
	char path[PATH_SIZE];
	json_t *root, *devices;
	const char *boot_id;

	if (!paths_runtime(paths, NULL, FILE_NAME, path) || !(root = json_load_file(path, 0, NULL)))
		return;
	if (json_unpack(root, "{s:s, s:o}", "boot_id", &boot_id, "devices", &devices) == 0 &&
		boot_id_is_current(boot_id))
		for (size_t i = 0; i < json_array_size(devices); i++)
			record_read(json_array_get(devices, i), on_record, data);
	json_decref(root);
}
