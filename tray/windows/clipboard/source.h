/* A data source of ours: what the desktop is given, or a drag. */
#ifndef VMSILO_TRAY_WINDOWS_CLIPBOARD_SOURCE_H
#define VMSILO_TRAY_WINDOWS_CLIPBOARD_SOURCE_H

#include <wayland-client.h>

struct source_ops {
	/* Somebody wants it; takes fd. NULL: nobody has anything to read of it. */
	void (*on_wanted)(void *data, int fd);
	/* Another replaced it, or the drag is over. It is still there, and may be destroyed. */
	void (*on_end)(void *data);
};

struct source {
	struct wl_data_source *handle; /* NULL: there is none */
	const struct source_ops *ops;
	void *data;
};

/* There must be none. ops: const, and longer there than the source. */
void source_create(struct source *source, struct wl_data_device_manager *manager,
	const struct source_ops *ops, void *data);
void source_destroy(struct source *source);

#endif
