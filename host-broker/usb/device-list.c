#include "host-broker/usb/device-list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/usb-selector.h"
#include "host-broker/usb/disk-use.h"
#include "proto/base/cleanup.h"
#include "proto/base/text.h"

#define LINE_SIZE 512

/* An attribute's first line, printable; "" when it is not there. */
static void attribute_read(int folder, const char *name, char *out, size_t size)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	char line[LINE_SIZE];
	ssize_t length = fd < 0 ? 0 : read(fd, line, sizeof(line));

	if (length < 0)
		length = 0;
	for (ssize_t i = 0; i < length; i++)
		if (line[i] == '\n')
			length = i;
	text_escape(out, size, line, (size_t)length);
}

static uint32_t number_read(int folder, const char *name, int base)
{
	char text[32];

	attribute_read(folder, name, text, sizeof(text));
	return (uint32_t)strtoul(text, NULL, base);
}

/* "1-2:1.0" is interface 0 of the device "1-2". */
static void interfaces_read(int folder, struct usb_info *info)
{
	size_t length = strlen(info->path);
	int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!directory && copy >= 0)
		close(copy);
	while (directory && (entry = readdir(directory)) &&
		info->interfaces_count < USB_INTERFACES_MAX) {
		if (strncmp(entry->d_name, info->path, length) != 0 || entry->d_name[length] != ':')
			continue;
		_cleanup_close_ int fd =
			openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		info->interfaces[info->interfaces_count++] = (struct usb_interface){
			.number = (uint8_t)number_read(fd, "bInterfaceNumber", 16),
			.class = (uint8_t)number_read(fd, "bInterfaceClass", 16),
			.subclass = (uint8_t)number_read(fd, "bInterfaceSubClass", 16),
			.protocol = (uint8_t)number_read(fd, "bInterfaceProtocol", 16),
		};
	}
	if (directory)
		closedir(directory);
}

/* False when it went meanwhile. */
static bool device_read(int folder, const char *path, struct usb_info *ret)
{
	*ret = (struct usb_info){0};
	snprintf(ret->path, sizeof(ret->path), "%.*s", USB_PATH_SIZE - 1, path);
	ret->bus = number_read(folder, "busnum", 10);
	ret->device = number_read(folder, "devnum", 10);
	ret->vendor = (uint16_t)number_read(folder, "idVendor", 16);
	ret->product = (uint16_t)number_read(folder, "idProduct", 16);
	ret->class = (uint8_t)number_read(folder, "bDeviceClass", 16);
	attribute_read(folder, "manufacturer", ret->manufacturer, sizeof(ret->manufacturer));
	attribute_read(folder, "product", ret->name, sizeof(ret->name));
	attribute_read(folder, "serial", ret->serial, sizeof(ret->serial));
	attribute_read(folder, "speed", ret->speed, sizeof(ret->speed));
	interfaces_read(folder, ret);
	return ret->bus != 0 && ret->device != 0;
}

static int compare(const void *a, const void *b)
{
	return strverscmp(((const struct usb_info *)a)->path, ((const struct usb_info *)b)->path);
}

static void entries_read(DIR *directory, struct usb_list *list)
{
	struct dirent *entry;

	while ((entry = readdir(directory)) && list->count < USB_LIST_MAX) {
		if (!usb_path_valid(entry->d_name))
			continue;
		_cleanup_close_ int fd =
			openat(dirfd(directory), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && device_read(fd, entry->d_name, &list->devices[list->count]))
			list->count++;
	}
}

int usb_list_read(const char *sys, const char *proc, struct usb_list *ret)
{
	char path[LINE_SIZE];

	*ret = (struct usb_list){0};
	snprintf(path, sizeof(path), "%s/bus/usb/devices", sys);
	DIR *directory = opendir(path);
	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	ret->devices = calloc(USB_LIST_MAX, sizeof(*ret->devices));
	if (!ret->devices) {
		closedir(directory);
		return UV_ENOMEM;
	}
	entries_read(directory, ret);
	closedir(directory);
	qsort(ret->devices, ret->count, sizeof(*ret->devices), compare);
	disk_use_fill(sys, proc, ret->devices, ret->count);
	return 0;
}

void usb_list_finish(struct usb_list *list)
{
	free(list->devices);
	*list = (struct usb_list){0};
}

const struct usb_info *usb_list_find(const struct usb_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->devices[i].path, path) == 0)
			return &list->devices[i];
	return NULL;
}
