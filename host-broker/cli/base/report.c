#include "host-broker/cli/base/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "host-broker/cli/base/exit-codes.h"
#include "proto/base/text.h"

/* For a line on the user's terminal. */
static void print_text(FILE *file, const char *before, const char *text)
{
	char printable[2048];

	text_escape(printable, sizeof(printable), text, strlen(text));
	fprintf(file, "%s%s\n", before, printable);
}

static void print_lines(const char *title, char *const *lines, size_t count)
{
	if (count > 0)
		fprintf(stderr, "%s\n", title);
	for (size_t i = 0; i < count; i++)
		print_text(stderr, "  ", lines[i]);
}

int report_failure(const Vmsilo__Broker__Failure *failure)
{
	if (failure->text[0])
		print_text(stderr, "vmsilo: ",
			failure->text[0] ? failure->text
					 : "the broker refused, and gave no reason");
	else
		fprintf(stderr,
			"vmsilo: the request failed (code %u), and the broker gave no reason\n",
			(unsigned int)failure->code);
	print_lines("the monitor's last messages:", failure->monitor, failure->n_monitor);
	print_lines("the guest's last console lines:", failure->console, failure->n_console);
	switch (failure->code) {
	case VMSILO__BROKER__FAILURE__CODE__NO_SUCH_VM:
		return EXIT_NO_SUCH_VM;
	case VMSILO__BROKER__FAILURE__CODE__START_FAILED:
		return EXIT_START_FAILED;
	case VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED:
		return EXIT_NOT_PERMITTED;
	default:
		return EXIT_VMSILO;
	}
}

int report_unexpected(const char *vm)
{
	fprintf(stderr, "vmsilo: %s%s%sunexpected answer from the broker\n", vm[0] ? "vm \"" : "",
		vm, vm[0] ? "\": " : "");
	return EXIT_VMSILO;
}

int report_error(const struct error *error)
{
	print_text(stderr, "vmsilo: ", error->text);
	switch (error->code) {
	case UV_ENOENT:
	case UV_ECONNREFUSED:
		return EXIT_NO_BROKER;
	case UV_EACCES:
	case UV_EPERM:
		return EXIT_NOT_PERMITTED;
	default:
		return EXIT_VMSILO;
	}
}

void report_warning(const char *text)
{
	print_text(stderr, "vmsilo: warning: ", text);
}

void report_note(const char *text)
{
	print_text(stderr, "vmsilo: ", text);
}

const char *report_state_name(Vmsilo__Broker__VmState state)
{
	static const char *const names[] = {
		"stopped", "starting", "running", "stopping", "failed", "paused"};

	return (unsigned int)state < 6 ? names[state] : "?";
}

/* In one word what it is worth. */
static const char *accel_name(const Vmsilo__Broker__Vm *vm)
{
	if (vm->emulated)
		return "emulated";
	return vm->accel[0] ? vm->accel : "-";
}

void report_list(const Vmsilo__Broker__VmList *list)
{
	printf("%-20s %-9s %-8s %-8s %8s %4s %8s %5s\n", "NAME", "STATE", "MONITOR", "ACCEL",
		"MEMORY", "CPUS", "SESSIONS", "ITEMS");
	for (size_t i = 0; i < list->n_vms; i++) {
		const Vmsilo__Broker__Vm *vm = list->vms[i];
		printf("%-20s %-9s %-8s %-8s %7" PRIu64 "M %4u %8u %5u\n", vm->name,
			report_state_name(vm->state), vm->monitor, accel_name(vm),
			vm->memory_bytes >> 20, vm->cpus, vm->sessions, vm->tray_items);
	}
}

static void print_idle(const char *what, uint64_t at_ms)
{
	time_t at = (time_t)(at_ms / 1000);
	int64_t left = (int64_t)at - time(NULL);
	struct tm local;
	char text[16] = "?";

	if (localtime_r(&at, &local))
		strftime(text, sizeof(text), "%T", &local);
	printf("  idle:     %s in %" PRId64 " s, at %s\n", what, left > 0 ? left : 0, text);
}

static void print_failures(const Vmsilo__Broker__Vm *vm)
{
	int64_t left = (int64_t)(vm->retry_at_ms / 1000) - time(NULL);

	printf("  failures: %u in a row", vm->failures);
	if (left > 0)
		printf("; requests start it again in %" PRId64 " s", left);
	putchar('\n');
}

static void print_root(const Vmsilo__Broker__Root *root)
{
	printf("  root:     %s, layer %s %s", root->kept ? "kept" : "disposable",
		strcmp(root->layer, "disk") == 0 ? "on" : "in", root->layer);
	if (root->generation)
		printf(", image generation %u", root->generation);
	else if (root->next_generation)
		printf(", a start takes image generation %u", root->next_generation);
	if (root->generation && root->next_generation != root->generation)
		printf("; a restart takes generation %u", root->next_generation);
	if (root->held)
		printf("; there is a newer one: vmsilo root reset takes it");
	printf("\n");
}

static void print_share(const Vmsilo__Broker__Share *share, const char *prefix)
{
	char text[4096 + 512];

	snprintf(text, sizeof(text), "%s at %s%s%s", share->path, share->mount,
		share->read_only ? ", read-only" : "",
		share->lost ? ", lost: restart the VM to use it again" : "");
	print_text(stdout, prefix, text);
}

void report_status(const Vmsilo__Broker__Vm *vm)
{
	printf("%s: %s\n", vm->name, report_state_name(vm->state));
	if (vm->reason[0])
		print_text(stdout, "  reason:   ", vm->reason);
	if (vm->failures > 1)
		print_failures(vm);
	printf("  monitor:  %s%s%s%s", vm->monitor, vm->accel[0] ? ", " : "", vm->accel,
		vm->emulated ? " (emulated: no security boundary)" : "");
	if (vm->monitor_pid)
		printf(", pid %u", vm->monitor_pid);
	printf("%s\n", vm->adopted ? ", adopted from an earlier broker" : "");
	printf("  memory:   %" PRIu64 "M\n  cpus:     %u\n  sessions: %u\n", vm->memory_bytes >> 20,
		vm->cpus, vm->sessions);
	if (vm->tray_items)
		printf("  items:    %u in panels\n", vm->tray_items);
	if (vm->windows && vm->windows->open)
		printf("  windows:  %u open\n", vm->windows->open);
	if (vm->running_ms)
		printf("  running:  %" PRIu64 " s\n", vm->running_ms / 1000);
	if (vm->agent[0])
		print_text(stdout, "  agent:    ", vm->agent);
	if (vm->stalled[0])
		print_text(stdout, "  stands:   ", vm->stalled);
	if (vm->root)
		print_root(vm->root);
	for (size_t i = 0; i < vm->n_why; i++)
		print_text(stdout, i == 0 ? "  why:      " : "            ", vm->why[i]->text);
	if (vm->setting_up)
		puts("  guest:    is being set up: disks are checked and mounted, programs wait");
	for (size_t i = 0; i < vm->n_shares; i++)
		print_share(vm->shares[i], i == 0 ? "  shares:   " : "            ");
	for (size_t i = 0; i < vm->n_problems; i++)
		print_text(stdout, i == 0 ? "  guest:    " : "            ", vm->problems[i]);
	if (vm->pause_at_ms)
		print_idle("is paused", vm->pause_at_ms);
	if (vm->stop_at_ms)
		print_idle("stops", vm->stop_at_ms);
	if (vm->n_console > 0)
		printf("  console:\n");
	for (size_t i = 0; i < vm->n_console; i++)
		print_text(stdout, "    ", vm->console[i]);
}

static json_t *texts_json(char *const *texts, size_t count)
{
	json_t *root = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(root, json_string(texts[i]));
	return root;
}

static json_t *root_json(const Vmsilo__Broker__Root *root)
{
	return json_pack("{s:s, s:b, s:b, s:I, s:I, s:b}", "layer", root->layer, "kept",
		(int)root->kept, "disposable", (int)!root->kept, "generation",
		(json_int_t)root->generation, "next_generation", (json_int_t)root->next_generation,
		"held", (int)root->held);
}

static json_t *windows_json(const Vmsilo__Broker__Windows *windows)
{
	json_t *root = json_pack("{s:b, s:b, s:i}", "shown", (int)windows->shown, "available",
		(int)windows->available, "open", (int)windows->open);

	if (windows->taken)
		json_object_set_new(root, "user", json_integer((json_int_t)windows->user));
	return root;
}

static json_t *shares_json(const Vmsilo__Broker__Vm *vm)
{
	json_t *root = json_array();

	for (size_t i = 0; i < vm->n_shares; i++) {
		const Vmsilo__Broker__Share *share = vm->shares[i];
		json_array_append_new(
			root, json_pack("{s:s, s:s, s:b, s:b}", "path", share->path, "mount",
				      share->mount, "read_only", (int)share->read_only, "lost",
				      (int)share->lost));
	}
	return root;
}

static json_t *vm_json(const Vmsilo__Broker__Vm *vm)
{
	json_t *root = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:b, s:o}", "name",
		vm->name, "state", report_state_name(vm->state), "reason", vm->reason, "monitor",
		vm->monitor, "accel", vm->accel, "monitor_pid", (json_int_t)vm->monitor_pid,
		"memory_bytes", (json_int_t)vm->memory_bytes, "cpus", (json_int_t)vm->cpus,
		"sessions", (json_int_t)vm->sessions, "running_ms", (json_int_t)vm->running_ms,
		"color", vm->color, "agent", vm->agent, "adopted", (int)vm->adopted, "console",
		texts_json(vm->console, vm->n_console));
	json_object_set_new(root, "setting_up", json_boolean(vm->setting_up));
	json_object_set_new(root, "shares", shares_json(vm));
	json_object_set_new(root, "problems", texts_json(vm->problems, vm->n_problems));
	json_object_set_new(root, "stalled", json_string(vm->stalled));
	if (vm->root)
		json_object_set_new(root, "root", root_json(vm->root));
	json_object_set_new(root, "emulated", json_boolean(vm->emulated));
	json_object_set_new(root, "failures", json_integer((json_int_t)vm->failures));
	json_object_set_new(root, "retry_at_ms", json_integer((json_int_t)vm->retry_at_ms));
	json_object_set_new(root, "tray_items", json_integer((json_int_t)vm->tray_items));
	if (vm->windows)
		json_object_set_new(root, "windows", windows_json(vm->windows));
	json_object_set_new(root, "idle_since_ms", json_integer((json_int_t)vm->idle_since_ms));
	json_object_set_new(root, "pause_at_ms", json_integer((json_int_t)vm->pause_at_ms));
	json_object_set_new(root, "stop_at_ms", json_integer((json_int_t)vm->stop_at_ms));
	return root;
}

void report_json(const Vmsilo__Broker__VmList *list, int single)
{
	json_t *root = single && list->n_vms == 1 ? vm_json(list->vms[0]) : json_array();

	for (size_t i = 0; !single && i < list->n_vms; i++)
		json_array_append_new(root, vm_json(list->vms[i]));
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}
