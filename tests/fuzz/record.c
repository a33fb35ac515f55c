/*
 * What a broker finds of an earlier one, damaged by another process of the user: a VM's record,
 * with the configuration in it, up to the VM that is adopted; and the list of lent USB devices.
 *
 * Covers: host-broker/parts/record.c host-broker/usb/record.c host-broker/config/config.c
 * Leaves out: files that cannot be written, adoption of real processes (path/lifecycle)
 */
#include "host-broker/parts/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-broker/config/usb-selector.h"
#include "host-broker/usb/record.h"
#include "host-broker/vm/table.h"
#include "proto/base/text.h"
#include "tests/fuzz/input.h"
#include "tests/lib/broker-rig.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/world.h"

#define GHOST "ghost" /* the VM that no configuration has any more */
#define TEXT_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void path_make(char out[PATH_SIZE], const char *vm, const char *name)
{
	if (!paths_runtime(broker_rig_paths(), vm, name, out))
		abort();
}

/* "@B" stands for this boot's id, which a seed cannot know. */
static size_t text_make(struct input_bytes *in, char out[TEXT_MAX])
{
	static char boot_id[37];
	size_t length = 0;

	if (!boot_id[0]) {
		int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
		if (read(fd, boot_id, 36) != 36)
			abort();
		close(fd);
	}
	while (in->left > 0 && length + sizeof(boot_id) < TEXT_MAX) {
		if (in->left > 1 && in->at[0] == '@' && in->at[1] == 'B') {
			memcpy(out + length, boot_id, 36);
			length += 36;
			in->at += 2;
			in->left -= 2;
		} else {
			out[length++] = (char)input_byte(in);
		}
	}
	return length;
}

static void file_write(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		abort();
	close(fd);
}

/* ---- a VM's record alone ---- */

static bool same(const struct record *a, const struct record *b)
{
	for (size_t i = 0; i < a->parts_count; i++) {
		struct process_id id = record_process(b, a->parts[i].key);
		if (id.pid != a->parts[i].process.pid ||
			id.start_time != a->parts[i].process.start_time)
			return false;
	}
	return strcmp(a->monitor, b->monitor) == 0 && a->kvm == b->kvm && a->cid == b->cid &&
	       a->started_ms == b->started_ms &&
	       strcmp(a->config ? a->config : "", b->config ? b->config : "") == 0;
}

/* What was taken can be written, and is the same then. */
static void record_try(const char *text, size_t length)
{
	struct record record = {0}, again = {0};
	char path[PATH_SIZE];

	path_make(path, NULL, "record");
	file_write(path, text, length);
	if (record_read(path, &record) < 0) {
		record_finish(&record);
		return;
	}
	for (size_t i = 0; i < record.parts_count; i++)
		if (record.parts[i].process.pid <= 0)
			abort();
	int code = record_write(path, &record);
	if (code == 0)
		code = record_read(path, &again);
	if (code < 0 || !same(&record, &again))
		abort();
	record_finish(&record);
	record_finish(&again);
}

/* ---- USB devices that were lent ---- */

static void on_record(void *data, const struct usb_record *record)
{
	(void)data;
	if (!usb_path_valid(record->info->path) || record->id == 0 || record->server.pid <= 1 ||
		record->info->interfaces_count > USB_INTERFACES_MAX)
		abort();
}

static void usb_record_try(const char *text, size_t length)
{
	char path[PATH_SIZE];

	path_make(path, NULL, "usb.json");
	file_write(path, text, length);
	usb_record_read(broker_rig_paths(), on_record, NULL);
	unlink(path);
}

/* ---- a VM that is found by its record ---- */

static void on_gone(void *data)
{
	*(bool *)data = true;
}

static void table_try(struct broker_rig *rig)
{
	static const struct config none;
	const struct vm_table_options options = {.environment = &rig->environment, .config = &none};
	struct error error = {0};
	struct vm_table *table;
	bool gone = false;

	if (vm_table_create(&options, &table) < 0 || vm_table_open(table, &error) < 0)
		abort();
	vm_table_adopt(table);
	for (size_t i = 0; i < vm_table_count(table); i++)
		if (!text_is_vm_name(vm_configuration(vm_table_at(table, i))->name))
			abort();
	struct vm *vm = vm_table_find(table, GHOST);
	if (vm)
		vm_stop(vm, true, 0);
	world_turn(&rig->loop);
	vm_table_close(table);
	vm_table_destroy(table, on_gone, &gone);
	broker_rig_settle(rig);
	if (!gone)
		abort();
}

static void adopt_try(const char *text, size_t length)
{
	struct broker_rig rig;
	struct world world;
	char folder[PATH_SIZE], vsock[PATH_SIZE], path[PATH_SIZE];

	path_make(folder, NULL, GHOST);
	path_make(vsock, GHOST, "vsock");
	path_make(path, GHOST, "state");
	if ((mkdir(folder, 0700) < 0 && errno != EEXIST) ||
		(mkdir(vsock, 0700) < 0 && errno != EEXIST))
		abort();
	file_write(path, text, length);
	world_begin(&world, NULL, NULL);
	broker_rig_init(&rig);
	table_try(&rig);
	broker_rig_finish(&rig);
	world_run(&rig.loop);
	world_end(&world);
}

/* The first byte says which of them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX];
	struct input_bytes in = {data, size};

	broker_rig_prepare();
	uint8_t which = input_byte(&in);
	size_t length = text_make(&in, text);
	if (which % 4 == 0)
		record_try(text, length);
	else if (which % 4 == 1)
		usb_record_try(text, length);
	else
		adopt_try(text, length);
	return 0;
}
