#include "host-broker/monitor/launch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/monitor/capability.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define HEX DIGITS "abcdef"

static bool is_name(const char *text, size_t max)
{
	size_t length = strlen(text);

	return length > 0 && length <= max && strchr(LOWER, text[0]) &&
	       strspn(text, LOWER DIGITS "-") == length;
}

/* DDDD:BB:DD.F */
static bool is_pci_address(const char *text)
{
	static const char shape[] = "xxxx:xx:xx.x";

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == 'x' ? !strchr(HEX, text[i]) : text[i] != shape[i])
			return false;
	return text[sizeof(shape) - 2] <= '7';
}

static int path_check(const char *path, struct error *error)
{
	return strchr(path, ',')
		       ? error_set(error, UV_EINVAL,
				 "the path %s contains a comma, which monitors do not accept", path)
		       : 0;
}

static int disks_check(const struct monitor_launch *launch, struct error *error)
{
	for (size_t i = 0; i < launch->disks_count; i++) {
		const char *name = launch->disks[i].name;
		if (!is_name(name, MONITOR_DISK_NAME_MAX))
			return error_set(error, UV_EINVAL,
				"a disk is named \"%s\"; expected 1 to %d of a-z, 0-9 and '-', "
				"beginning with a letter",
				name, MONITOR_DISK_NAME_MAX);
		for (size_t j = 0; j < i; j++)
			if (strcmp(name, launch->disks[j].name) == 0)
				return error_set(
					error, UV_EINVAL, "two disks are named \"%s\"", name);
	}
	return 0;
}

static int shares_check(const struct monitor_launch *launch, struct error *error)
{
	for (size_t i = 0; i < launch->shares_count; i++) {
		const struct monitor_share *share = &launch->shares[i];
		if (!is_name(share->tag, MONITOR_SHARE_TAG_MAX))
			return error_set(error, UV_EINVAL,
				"a share has the tag \"%s\"; expected 1 to %d of a-z, 0-9 and '-', "
				"beginning with a letter",
				share->tag, MONITOR_SHARE_TAG_MAX);
		int code = path_check(share->socket, error);
		if (code < 0)
			return code;
	}
	return 0;
}

static int pci_check(const struct monitor_launch *launch, struct error *error)
{
	for (size_t i = 0; i < launch->pci_count; i++)
		if (!is_pci_address(launch->pci[i].host))
			return error_set(error, UV_EINVAL,
				"\"%s\" is not a PCI address; expected one such as 0000:03:00.0",
				launch->pci[i].host);
	return 0;
}

static int region_check(const struct monitor_region *region, struct error *error)
{
	uint64_t bytes = region->bytes;

	if (region->fd < 0 ||
		(bytes >= (uint64_t)sysconf(_SC_PAGESIZE) && (bytes & (bytes - 1)) == 0))
		return 0;
	return error_set(error, UV_EINVAL,
		"a shared region of %llu bytes; expected a power of two, at least a page",
		(unsigned long long)bytes);
}

/* A device that a back end left out in silence would be missed by the guest alone. */
static int capabilities_check(
	const struct monitor_launch *launch, unsigned int capabilities, struct error *error)
{
	const struct {
		bool wanted;
		enum capability capability;
		const char *what;
	} wants[] = {
		{launch->disks_count > 0, CAPABILITY_DISKS, "disks"},
		{launch->nics_count > 0, CAPABILITY_NICS, "NICs"},
		{launch->shares_count > 0, CAPABILITY_VHOST_USER, "shares"},
		{launch->vsock_socket != NULL, CAPABILITY_VHOST_USER, "vsock device"},
		{launch->pci_count > 0, CAPABILITY_PCI, "PCI devices"},
		{launch->region.fd >= 0, CAPABILITY_SHARED_REGION, "shared region"},
	};

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		if (wants[i].wanted && !(capabilities & wants[i].capability))
			return error_set(error, UV_EINVAL,
				"monitor \"%s\" with machine \"%s\" supports no %s",
				launch->vm->monitor, launch->vm->machine, wants[i].what);
	return 0;
}

int monitor_launch_check(
	const struct monitor_launch *launch, unsigned int capabilities, struct error *error)
{
	int code = capabilities_check(launch, capabilities, error);

	if (code == 0 && launch->vsock_socket)
		code = path_check(launch->vsock_socket, error);
	if (code == 0)
		code = disks_check(launch, error);
	if (code == 0)
		code = shares_check(launch, error);
	if (code == 0)
		code = pci_check(launch, error);
	return code == 0 ? region_check(&launch->region, error) : code;
}
