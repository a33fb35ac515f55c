#include "host-broker/storage/grow.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "host-broker/image/image.h"
#include "host-broker/storage/plan.h"
#include "host-broker/storage/store.h"
#include "host-broker/vm/vm.h"
#include "proto/base/log.h"

struct grow {
	const struct vm_environment *environment;
	struct vm_watcher watcher;
};

/* 0: there is none. */
static uint64_t home_bytes(const struct grow *grow, const char *vm)
{
	char path[STORE_PATH_SIZE];
	struct stat status;

	if (store_path(grow->environment->paths, vm, IMAGE_HOME, path) < 0 ||
		stat(path, &status) < 0)
		return 0;
	return (uint64_t)status.st_size;
}

/* A run without a home gets one with the next start. */
static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	const struct grow *grow = data;
	const struct vm_config *config = vm_configuration(vm);
	uint64_t wanted = plan_home_bytes(config);

	if (change != VM_CHANGE_CONFIG || vm_is_off(vm) || vm_ran(vm)->home_bytes == 0)
		return;
	uint64_t has = home_bytes(grow, config->name);
	if (has == 0 || wanted <= has)
		return;
	int code = vm_resize_disk(vm, "home", wanted);
	if (code < 0)
		log_warning(config->name, "its home becomes larger with its next start: %s",
			uv_strerror(code));
}

int grow_create(const struct vm_environment *environment, struct grow **ret)
{
	struct grow *grow = calloc(1, sizeof(*grow));

	if (!grow)
		return UV_ENOMEM;
	*grow = (struct grow){
		.environment = environment, .watcher = {.on_change = on_change, .data = grow}};
	*ret = grow;
	return vm_watchers_add(environment->watchers, &grow->watcher);
}

void grow_destroy(struct grow *grow)
{
	free(grow);
}
