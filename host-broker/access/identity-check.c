#include "host-broker/access/identity-check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/access/names.h"
#include "host-broker/users/identity.h"
#include "host-broker/users/taken.h"

/* A VM that is configured to run as somebody. */
struct runner {
	const struct vm_config *vm;
	const char *run_as;
	struct identity identity;
};

static void say(identity_warn_cb warn, void *data, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(identity_warn_cb warn, void *data, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	warn(data, text);
}

static int range_check(const struct uid_range *range, struct error *error)
{
	int code = uid_taken_check(range, error);

	return code < 0 ? error_prefix(error,
				  "broker: uid_range: %u-%u must not contain numbers that are in "
				  "use",
				  range->first, range->last)
			: 0;
}

static int runner_make(const struct config *config, const struct vm_config *vm, const char *run_as,
	struct runner *ret, struct error *error)
{
	*ret = (struct runner){.vm = vm, .run_as = run_as};
	int code = identity_find(run_as, &ret->identity, error);
	if (code == 0 && uid_range_has(&config->broker.uid_range, ret->identity.uid))
		code = error_set(error, UV_EEXIST,
			"run_as: %s is in uid_range, whose numbers are for other VMs", run_as);
	return code < 0 ? error_prefix(error, "%s: vm \"%s\"", vm->source, vm->name) : 0;
}

/* The first that runs as the same user. */
static const struct runner *same_find(const struct runner *runners, size_t count, uid_t uid)
{
	for (size_t i = 0; i < count; i++)
		if (runners[i].identity.uid == uid)
			return &runners[i];
	return NULL;
}

static void people_warn(const struct runner *runners, size_t count, const struct vm_config *vm,
	identity_warn_cb warn, void *data)
{
	struct access_rules rules;

	if (access_rules_make(&vm->access, &rules) < 0)
		return;
	const struct access_ids *lists[] = {&rules.users, &rules.managers};
	for (size_t list = 0; list < 2; list++)
		for (size_t i = 0; i < lists[list]->count; i++) {
			const struct runner *runner =
				same_find(runners, count, (uid_t)lists[list]->ids[i]);
			if (runner)
				say(warn, data,
					"%s: vm \"%s\": access: %s is always refused, because the "
					"VM \"%s\" runs as that user",
					vm->source, vm->name, runner->run_as, runner->vm->name);
		}
	access_rules_finish(&rules);
}

static int runners_check(const struct config *config, struct runner *runners, identity_warn_cb warn,
	void *data, struct error *error)
{
	size_t count = 0;

	for (size_t i = 0; i < config->vms_count; i++) {
		const struct vm_config *vm = &config->vms[i];
		const char *run_as = identity_run_as(vm, &config->broker);
		if (!run_as[0])
			continue;
		int code = runner_make(config, vm, run_as, &runners[count], error);
		if (code < 0)
			return code;
		const struct runner *same = same_find(runners, count, runners[count].identity.uid);
		if (same)
			say(warn, data,
				"%s: vm \"%s\": runs as the same user (%s) as \"%s\": if one is "
				"taken over, it can attack the other; without run_as each gets a "
				"user of its own",
				vm->source, vm->name, run_as, same->vm->name);
		count++;
	}
	for (size_t i = 0; i < config->vms_count; i++)
		people_warn(runners, count, &config->vms[i], warn, data);
	return 0;
}

int identity_check(
	const struct config *config, identity_warn_cb warn, void *data, struct error *error)
{
	struct runner *runners = calloc(config->vms_count + 1, sizeof(*runners));

	if (!runners)
		return error_set(error, UV_ENOMEM, "out of memory");
	int code = range_check(&config->broker.uid_range, error);
	if (code == 0)
		code = runners_check(config, runners, warn, data, error);
	free(runners);
	return code;
}
