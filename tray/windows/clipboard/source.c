#include "tray/windows/clipboard/source.h"

#include <unistd.h>

static void on_target(void *data, struct wl_data_source *handle, const char *type)
{
	(void)data;
	(void)handle;
	(void)type;
}

static void on_send(void *data, struct wl_data_source *handle, const char *type, int32_t fd)
{
	const struct source *source = data;

	(void)handle;
	(void)type;
	if (source->ops->on_wanted)
		source->ops->on_wanted(source->data, fd);
	else
		close(fd);
}

static void on_end(void *data, struct wl_data_source *handle)
{
	const struct source *source = data;

	(void)handle;
	source->ops->on_end(source->data);
}

static void on_performed(void *data, struct wl_data_source *handle)
{
	(void)data;
	(void)handle;
}

static void on_action(void *data, struct wl_data_source *handle, uint32_t action)
{
	(void)data;
	(void)handle;
	(void)action;
}

static const struct wl_data_source_listener listener = {
	.target = on_target,
	.send = on_send,
	.cancelled = on_end,
	.dnd_drop_performed = on_performed,
	.dnd_finished = on_end,
	.action = on_action,
};

void source_create(struct source *source, struct wl_data_device_manager *manager,
	const struct source_ops *ops, void *data)
{
	*source = (struct source){.ops = ops, .data = data};
	source->handle = wl_data_device_manager_create_data_source(manager);
	wl_data_source_add_listener(source->handle, &listener, source);
}

void source_destroy(struct source *source)
{
	if (source->handle)
		wl_data_source_destroy(source->handle);
	source->handle = NULL;
}
