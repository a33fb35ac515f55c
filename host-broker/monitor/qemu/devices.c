#include "host-broker/monitor/qemu/devices.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/monitor/qemu/capabilities.h"
#include "proto/base/cleanup.h"
#include "proto/base/mac.h"

enum area {
	AREA_RNG,
	AREA_BALLOON,
	AREA_VSOCK,
	AREA_REGION,
	AREA_NICS,
	AREA_DISKS,
	AREA_SHARES,
	AREA_PCI,
	AREAS,
};

struct places {
	unsigned int first;
	unsigned int count; /* of devices */
	bool packed;        /* eight to a slot */
};

static const struct places q35_places[AREAS] = {
	[AREA_RNG] = {0x01, 1, false},
	[AREA_BALLOON] = {0x02, 1, false},
	[AREA_VSOCK] = {0x03, 1, false},
	[AREA_REGION] = {0x04, 1, false},
	[AREA_NICS] = {0x08, Q35_NICS, false},
	[AREA_DISKS] = {0x10, Q35_DISKS, true},
	[AREA_SHARES] = {0x12, Q35_SHARES, true},
	[AREA_PCI] = {0x14, 8, false},
};

static const struct places microvm_places[AREAS] = {
	[AREA_RNG] = {3, 1, false},
	[AREA_BALLOON] = {1, 1, false},
	[AREA_VSOCK] = {2, 1, false},
	[AREA_NICS] = {4, MICROVM_NICS, false},
	[AREA_DISKS] = {10, MICROVM_DISKS, false},
	[AREA_SHARES] = {18, MICROVM_SHARES, false},
};

#define FUNCTIONS 8
#define PLACE_SIZE 64

static bool is_microvm(const struct monitor_launch *launch)
{
	return strcmp(launch->vm->machine, "microvm") == 0;
}

static const struct places *places_of(const struct monitor_launch *launch)
{
	return is_microvm(launch) ? microvm_places : q35_places;
}

/* As -device says it. */
static void place_format(
	const struct monitor_launch *launch, enum area area, size_t index, char out[PLACE_SIZE])
{
	const struct places *places = &places_of(launch)[area];
	unsigned int number = (unsigned int)index;

	if (is_microvm(launch))
		snprintf(out, PLACE_SIZE, "bus=virtio-mmio-bus.%u", places->first + number);
	else if (places->packed)
		snprintf(out, PLACE_SIZE, "bus=pcie.0,addr=0x%02x.%u%s",
			places->first + number / FUNCTIONS, number % FUNCTIONS,
			number % FUNCTIONS == 0 ? ",multifunction=on" : "");
	else
		snprintf(out, PLACE_SIZE, "bus=pcie.0,addr=0x%02x", places->first + number);
}

static void device_add(const struct monitor_launch *launch, struct command *command,
	const char *model, enum area area, size_t index, const char *properties, ...)
	__attribute__((format(printf, 6, 7)));

/* properties: "" or ",KEY=VALUE...". */
static void device_add(const struct monitor_launch *launch, struct command *command,
	const char *model, enum area area, size_t index, const char *properties, ...)
{
	char place[PLACE_SIZE];
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	place_format(launch, area, index, place);
	va_start(arguments, properties);
	if (vasprintf(&text, properties, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!text) {
		command->error = UV_ENOMEM;
		return;
	}
	command_add(command, "-device");
	command_add_format(command, "%s,%s%s", model, place, text);
}

/* A virtio device's model is called after what it sits on. */
#define VIRTIO(launch, model) (is_microvm(launch) ? model "-device" : model "-pci")

static void disk_add(const struct monitor_launch *launch, struct command *command, size_t index)
{
	const struct monitor_disk *disk = &launch->disks[index];
	int fd = command_fd(command, disk->fd);
	const char *error = disk->stops ? "stop" : "report";

	/* QEMU opens its files by name; a set of descriptors has one (qemu(1), -add-fd). */
	command_add(command, "-add-fd");
	command_add_format(command, "fd=%d,set=%d", fd, fd);
	command_add(command, "-blockdev");
	command_add_format(command,
		"driver=%s,node-name=disk-%s,filename=/dev/fdset/%d,read-only=%s,"
		"cache.direct=%s,discard=%s",
		disk->device ? "host_device" : "file", disk->name, fd,
		disk->read_only ? "on" : "off", disk->direct ? "on" : "off",
		disk->discard ? "unmap" : "ignore");
	device_add(launch, command, VIRTIO(launch, "virtio-blk"), AREA_DISKS, index,
		",id=disk-%s,drive=disk-%s,serial=%s,discard=%s,werror=%s,"
		"rerror=report",
		disk->name, disk->name, disk->name, disk->discard ? "on" : "off", error);
}

static void nic_add(const struct monitor_launch *launch, struct command *command, size_t index)
{
	const struct monitor_nic *nic = &launch->nics[index];
	char mac[MAC_TEXT_SIZE], mtu[32] = "";

	mac_print(nic->mac, mac);
	command_add(command, "-netdev");
	command_add_format(command, "tap,id=nic%zu,fd=%d", index, command_fd(command, nic->tap_fd));
	if (nic->mtu)
		snprintf(mtu, sizeof(mtu), ",host_mtu=%u", nic->mtu);
	/* romfile: nobody boots from the network. */
	device_add(launch, command, VIRTIO(launch, "virtio-net"), AREA_NICS, index,
		",netdev=nic%zu,mac=%s%s%s", index, mac, mtu,
		is_microvm(launch) ? "" : ",romfile=");
}

static void share_add(const struct monitor_launch *launch, struct command *command, size_t index)
{
	const struct monitor_share *share = &launch->shares[index];

	command_file(command, share->socket, O_PATH);
	command_add(command, "-chardev");
	command_add_format(command, "socket,id=share-%zu,path=%s", index, share->socket);
	device_add(launch, command, VIRTIO(launch, "vhost-user-fs"), AREA_SHARES, index,
		",chardev=share-%zu,tag=%s", index, share->tag);
}

/* The memfd is opened anew by its name in /proc, which is QEMU's own: whoever else has it shares
 * the pages. */
static void region_add(const struct monitor_launch *launch, struct command *command)
{
	if (launch->region.fd < 0)
		return;
	command_add(command, "-object");
	command_add_format(command,
		"memory-backend-file,id=region,mem-path=/proc/self/fd/%d,size=%" PRIu64 ",share=on",
		command_fd(command, launch->region.fd), launch->region.bytes);
	device_add(launch, command, "ivshmem-plain", AREA_REGION, 0, ",memdev=region");
}

static void vsock_add(const struct monitor_launch *launch, struct command *command)
{
	if (launch->vhost_vsock_fd >= 0)
		device_add(launch, command, VIRTIO(launch, "vhost-vsock"), AREA_VSOCK, 0,
			",vhostfd=%d,guest-cid=%" PRIu32,
			command_fd(command, launch->vhost_vsock_fd), launch->vsock.cid);
	if (!launch->vsock_socket)
		return;
	command_file(command, launch->vsock_socket, O_PATH);
	command_add(command, "-chardev");
	command_add_format(command, "socket,id=vsock,path=%s", launch->vsock_socket);
	device_add(launch, command, VIRTIO(launch, "vhost-user-vsock"), AREA_VSOCK, 0,
		",chardev=vsock");
}

static void balloon_add(const struct monitor_launch *launch, struct command *command)
{
	/* Reporting gives back what the guest frees at once, whatever the balloon does. */
	if (launch->vm->memory_min_bytes < launch->vm->memory_bytes)
		device_add(launch, command, VIRTIO(launch, "virtio-balloon"), AREA_BALLOON, 0,
			",deflate-on-oom=on,free-page-reporting=on");
}

static int places_check(const struct monitor_launch *launch, enum area area, size_t count,
	const char *what, struct error *error)
{
	unsigned int most = places_of(launch)[area].count;

	if (count <= most)
		return 0;
	return error_set(error, UV_EINVAL, "machine \"%s\" supports at most %u %s, not %zu",
		launch->vm->machine, most, what, count);
}

static int counts_check(const struct monitor_launch *launch, struct error *error)
{
	int code = places_check(launch, AREA_DISKS, launch->disks_count, "disks", error);

	if (code == 0)
		code = places_check(launch, AREA_NICS, launch->nics_count, "NICs", error);
	if (code == 0)
		code = places_check(launch, AREA_SHARES, launch->shares_count, "shares", error);
	return code == 0 ? places_check(launch, AREA_PCI, launch->pci_count, "PCI devices", error)
			 : code;
}

int qemu_devices_add(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	int code = counts_check(launch, error);

	if (code < 0)
		return code;
	device_add(launch, command, VIRTIO(launch, "virtio-rng"), AREA_RNG, 0, "%s", "");
	balloon_add(launch, command);
	vsock_add(launch, command);
	region_add(launch, command);
	for (size_t i = 0; i < launch->nics_count; i++)
		nic_add(launch, command, i);
	for (size_t i = 0; i < launch->disks_count; i++)
		disk_add(launch, command, i);
	for (size_t i = 0; i < launch->shares_count; i++)
		share_add(launch, command, i);
	for (size_t i = 0; i < launch->pci_count; i++)
		device_add(
			launch, command, "vfio-pci", AREA_PCI, i, ",host=%s", launch->pci[i].host);
	return 0;
}
