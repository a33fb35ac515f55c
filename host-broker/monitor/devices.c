#include "host-broker/monitor/devices.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- an entry of each kind ---- */

static void disk_finish(void *entry)
{
	struct monitor_disk *disk = entry;

	free((char *)disk->name);
	fd_close(&disk->fd);
}

static void nic_finish(void *entry)
{
	fd_close(&((struct monitor_nic *)entry)->tap_fd);
}

static void share_finish(void *entry)
{
	struct monitor_share *share = entry;

	free((char *)share->tag);
	free((char *)share->socket);
}

/* ---- a list ---- */

struct list {
	char *entries;
	size_t size; /* of one */
	unsigned int *ranks;
	size_t *count;
	void (*finish)(void *entry);
};

static struct list disks_of(struct vm_devices *devices)
{
	return (struct list){(char *)devices->disks, sizeof(devices->disks[0]), devices->disk_ranks,
		&devices->disks_count, disk_finish};
}

static struct list nics_of(struct vm_devices *devices)
{
	return (struct list){(char *)devices->nics, sizeof(devices->nics[0]), devices->nic_ranks,
		&devices->nics_count, nic_finish};
}

static struct list shares_of(struct vm_devices *devices)
{
	return (struct list){(char *)devices->shares, sizeof(devices->shares[0]),
		devices->share_ranks, &devices->shares_count, share_finish};
}

static void *entry_at(const struct list *list, size_t i)
{
	return list->entries + i * list->size;
}

static void list_finish(struct list list)
{
	for (size_t i = 0; i < *list.count; i++)
		list.finish(entry_at(&list, i));
	*list.count = 0;
}

static void place_make(const struct list *list, size_t i)
{
	size_t after = *list->count - i;

	memmove(entry_at(list, i + 1), entry_at(list, i), after * list->size);
	memmove(&list->ranks[i + 1], &list->ranks[i], after * sizeof(list->ranks[0]));
	list->ranks[i] = 0;
	++*list->count;
}

/* Copies entry into its place; or releases it. */
static int list_add(struct list list, bool handed, unsigned int rank, void *entry)
{
	size_t i = 0;

	while (i < *list.count && list.ranks[i] < rank)
		i++;
	bool replaces = i < *list.count && list.ranks[i] == rank;
	if (handed || (!replaces && *list.count == VM_DEVICES_MAX)) {
		list.finish(entry);
		return handed ? 0 : UV_ENOSPC;
	}
	if (replaces)
		list.finish(entry_at(&list, i));
	else
		place_make(&list, i);
	memcpy(entry_at(&list, i), entry, list.size);
	list.ranks[i] = rank;
	return 0;
}

/* ---- adding ---- */

int vm_devices_add_disk(
	struct vm_devices *devices, unsigned int rank, const struct monitor_disk *disk)
{
	struct monitor_disk own = *disk;

	own.name = strdup(disk->name);
	if (!own.name) {
		disk_finish(&own);
		return UV_ENOMEM;
	}
	return list_add(disks_of(devices), devices->handed, rank, &own);
}

int vm_devices_add_nic(struct vm_devices *devices, unsigned int rank, const struct monitor_nic *nic)
{
	struct monitor_nic own = *nic;

	return list_add(nics_of(devices), devices->handed, rank, &own);
}

int vm_devices_add_share(
	struct vm_devices *devices, unsigned int rank, const struct monitor_share *share)
{
	struct monitor_share own = {strdup(share->tag), strdup(share->socket)};

	if (!own.tag || !own.socket) {
		share_finish(&own);
		return UV_ENOMEM;
	}
	return list_add(shares_of(devices), devices->handed, rank, &own);
}

int vm_devices_hold(struct vm_devices *devices, int fd)
{
	bool full = devices->held_count == VM_DEVICES_HELD_MAX;

	if (devices->handed || full) {
		close(fd);
		return devices->handed ? 0 : UV_ENOSPC;
	}
	devices->held[devices->held_count++] = fd;
	return 0;
}

/* A run that was never begun has none, and is all zeros. */
static void region_drop(struct vm_devices *devices)
{
	if (devices->region.bytes > 0)
		fd_close(&devices->region.fd);
	devices->region = (struct monitor_region){.fd = -1};
}

void vm_devices_set_region(struct vm_devices *devices, const struct monitor_region *region)
{
	region_drop(devices);
	devices->region = *region;
	if (devices->handed)
		region_drop(devices);
}

int vm_devices_say(struct vm_devices *devices, const char *format, ...)
{
	size_t length = strlen(devices->words), room = sizeof(devices->words) - length;
	va_list arguments;

	va_start(arguments, format);
	char *word = devices->words + length;
	int needed = vsnprintf(word + 1, room - 1, format, arguments);
	va_end(arguments);
	if (needed < 0 || (size_t)needed >= room - 1) {
		*word = '\0';
		return UV_E2BIG;
	}
	*word = ' ';
	return 0;
}

/* ---- handing over ---- */

void vm_devices_hand(const struct vm_devices *devices, struct monitor_launch *launch)
{
	launch->disks = devices->disks;
	launch->disks_count = devices->disks_count;
	launch->nics = devices->nics;
	launch->nics_count = devices->nics_count;
	launch->shares = devices->shares;
	launch->shares_count = devices->shares_count;
	launch->region =
		devices->region.bytes > 0 ? devices->region : (struct monitor_region){.fd = -1};
	launch->held = devices->held;
	launch->held_count = devices->held_count;
}

void vm_devices_init(struct vm_devices *devices)
{
	*devices = (struct vm_devices){.region = {.fd = -1}};
}

void vm_devices_finish(struct vm_devices *devices)
{
	list_finish(disks_of(devices));
	list_finish(nics_of(devices));
	list_finish(shares_of(devices));
	region_drop(devices);
	for (size_t i = 0; i < devices->held_count; i++)
		fd_close(&devices->held[i]);
	devices->held_count = 0;
	devices->words[0] = '\0';
}

void vm_devices_handed(struct vm_devices *devices)
{
	vm_devices_finish(devices);
	devices->handed = true;
}
