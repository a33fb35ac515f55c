#include "tray/host/programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/host/own-programs.h"

static void run(struct host_programs *menu);

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

static void on_written(uv_process_t *process, int64_t status, int signal)
{
	struct host_programs *menu = process->data;

	if (menu) {
		menu->process = NULL;
		if (status != 0 || signal != 0)
			log_warning(NULL, "the menu of VMs' programs was not written");
		if (menu->again)
			run(menu);
	}
	uv_close((uv_handle_t *)process, on_closed);
}

static void run(struct host_programs *menu)
{
	char bin[4096], program[4096 + 32];
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 2}};

	menu->again = false;
	own_folder(bin, sizeof(bin));
	own_program_find("vmsilo-menu", VMSILO_LIBEXECDIR, program, sizeof(program));
	char *words[] = {program, "sync", (char *)menu->broker, bin, "", NULL};
	uv_process_options_t options = {.exit_cb = on_written,
		.file = program,
		.args = words,
		.stdio = stdio,
		.stdio_count = 3};
	uv_process_t *process = calloc(1, sizeof(*process));
	if (!process)
		return;
	process->data = menu;
	int code = uv_spawn(menu->loop, process, &options);
	if (code == 0) {
		menu->process = process;
		return;
	}
	log_warning(NULL, "cannot run %s: %s", program, uv_strerror(code));
	uv_close((uv_handle_t *)process, on_closed);
}

/* FNV-1a, 64 bits, with the text's end. */
static uint64_t sum_add(uint64_t sum, const char *text)
{
	do
		sum = (sum ^ (uint8_t)*text) * UINT64_C(1099511628211);
	while (*text++);
	return sum;
}

static uint64_t sum_of(const Vmsilo__Broker__VmList *list)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < list->n_vms; i++) {
		const Vmsilo__Broker__Vm *vm = list->vms[i];
		sum = sum_add(sum_add(sum, vm->name), vm->color);
		sum = sum_add(sum, vm->menu ? vm->menu->folder : "");
		for (size_t k = 0; vm->menu && k < vm->menu->n_programs; k++)
			sum = sum_add(sum, vm->menu->programs[k]);
	}
	return sum;
}

void host_programs_init(struct host_programs *menu, uv_loop_t *loop, const char *broker)
{
	*menu = (struct host_programs){.loop = loop, .broker = broker};
}

void host_programs_see(struct host_programs *menu, const Vmsilo__Broker__VmList *list)
{
	uint64_t sum = sum_of(list);

	if (sum == menu->seen)
		return;
	menu->seen = sum;
	if (menu->process)
		menu->again = true;
	else
		run(menu);
}

void host_programs_finish(struct host_programs *menu)
{
	if (menu->process) {
		menu->process->data = NULL;
		uv_close((uv_handle_t *)menu->process, on_closed);
		menu->process = NULL;
	}
}
