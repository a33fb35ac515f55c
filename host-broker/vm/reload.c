#include "host-broker/vm/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"

_Static_assert((int)RELOAD_ADDED == VMSILO__BROKER__RELOADED__CHANGE__KIND__ADDED &&
		       (int)RELOAD_REMOVED == VMSILO__BROKER__RELOADED__CHANGE__KIND__REMOVED &&
		       (int)RELOAD_LEAVING == VMSILO__BROKER__RELOADED__CHANGE__KIND__LEAVING &&
		       (int)RELOAD_CHANGED == VMSILO__BROKER__RELOADED__CHANGE__KIND__CHANGED &&
		       (int)RELOAD_RESTART == VMSILO__BROKER__RELOADED__CHANGE__KIND__RESTART,
	"enum reload_kind is the protocol's Kind");

/* The keys are the table's own strings. */
static int keys_copy(Vmsilo__Broker__Reloaded__Change *change, enum reload_kind kind,
	const struct config_difference *difference)
{
	size_t live = kind == RELOAD_CHANGED ? difference->live_count : 0;
	size_t count = live + difference->restart_count;

	change->keys = calloc(count + 1, sizeof(char *));
	if (!change->keys)
		return UV_ENOMEM;
	for (size_t i = 0; i < difference->restart_count; i++)
		change->keys[change->n_keys++] = (char *)difference->restart[i];
	for (size_t i = 0; i < live; i++)
		change->keys[change->n_keys++] = (char *)difference->live[i];
	return 0;
}

void reload_report_add(struct reload_report *report, const struct vm *vm, enum reload_kind kind,
	const struct config_difference *difference)
{
	Vmsilo__Broker__Reloaded__Change *changes =
		reallocarray(report->changes, report->count + 1, sizeof(*changes));

	if (!changes)
		return;
	report->changes = changes;
	Vmsilo__Broker__Reloaded__Change *change = &changes[report->count];
	vmsilo__broker__reloaded__change__init(change);
	change->kind = (Vmsilo__Broker__Reloaded__Change__Kind)kind;
	change->vm = strdup(vm_configuration(vm)->name);
	if (!change->vm || (difference && keys_copy(change, kind, difference) < 0))
		free(change->vm);
	else
		report->count++;
}

void reload_report_finish(struct reload_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free(report->changes[i].vm);
		free(report->changes[i].keys);
	}
	free(report->changes);
	*report = (struct reload_report){0};
}

void reload_report_log(const struct reload_report *report)
{
	static const char *const words[] = {"added", "removed",
		"no longer configured; removed once it has stopped", "configuration changed",
		"configuration changed; restart the VM to apply:"};
	char keys[512];

	for (size_t i = 0; i < report->count; i++) {
		const Vmsilo__Broker__Reloaded__Change *change = &report->changes[i];
		size_t used = 0;
		keys[0] = '\0';
		for (size_t k = 0;
			change->kind == VMSILO__BROKER__RELOADED__CHANGE__KIND__RESTART &&
			k < change->n_keys && used < sizeof(keys);
			k++)
			used += (size_t)snprintf(
				keys + used, sizeof(keys) - used, " %s", change->keys[k]);
		log_info(change->vm, "%s%s", words[change->kind], keys);
	}
	log_info(NULL, "configuration reloaded: %zu VMs", report->vms);
}
