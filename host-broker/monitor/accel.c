#include "host-broker/monitor/accel.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

/* Whether word stands in line between blanks. */
static bool has_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(line, word); at; at = strstr(at + 1, word))
		if (at > line && isspace((unsigned char)at[-1]) &&
			(at[length] == '\0' || isspace((unsigned char)at[length])))
			return true;
	return false;
}

static bool cpu_virtualization(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[8192];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		if (strncmp(line, "flags", 5) == 0)
			found = has_word(line, "vmx") || has_word(line, "svm");
	fclose(file);
	return found;
}

void accel_facts_get(struct accel_facts *ret)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	*ret = (struct accel_facts){
		.kvm_opens = fd >= 0,
		.cpu_virtualization = cpu_virtualization(),
	};
	if (fd >= 0)
		close(fd);
}

int accel_choose(
	enum accel wanted, const struct accel_facts *facts, bool *ret_kvm, struct error *error)
{
	bool usable = facts->kvm_opens && facts->cpu_virtualization;

	/* A user who demands KVM may know better than the CPU's flags, but not than the device. */
	if (wanted == ACCEL_KVM && !facts->kvm_opens)
		return error_set(error, UV_ENOTSUP,
			"it has 'accel: kvm', but /dev/kvm cannot be opened; join the group that "
			"owns it, or set 'accel: auto'");
	*ret_kvm = wanted == ACCEL_KVM || (wanted == ACCEL_AUTO && usable);
	return 0;
}

const char *accel_explain(const struct accel_facts *facts)
{
	if (!facts->kvm_opens)
		return "software emulation: /dev/kvm cannot be opened";
	if (!facts->cpu_virtualization)
		return "software emulation: the CPU shows no hardware virtualisation";
	return "";
}
