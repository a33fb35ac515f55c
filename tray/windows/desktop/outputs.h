/* The user's screens: how large they are, where, and at which scale. */
#ifndef VMSILO_TRAY_WINDOWS_DESKTOP_OUTPUTS_H
#define VMSILO_TRAY_WINDOWS_DESKTOP_OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "proto/limits.h"

struct zxdg_output_manager_v1;
struct zxdg_output_v1;
struct outputs;

struct output {
	struct outputs *outputs;
	struct wl_output *output; /* NULL: a free place */
	struct zxdg_output_v1 *xdg;
	uint32_t name;                   /* of the global */
	int32_t x, y;                    /* logical */
	int32_t mode_width, mode_height; /* physical, as the user sees it: turned */
	int32_t logical_width;           /* 0: not known */
	int32_t refresh_mhz;
	int32_t transform;
	int32_t integer_scale;
	uint32_t scale; /* of all this, in 120ths */
};

struct outputs {
	struct output places[WINDOWS_OUTPUTS_MAX];
	struct zxdg_output_manager_v1 *manager;
	void (*on_change)(void *data);
	void *data;
};

void outputs_init(struct outputs *outputs);
void outputs_finish(struct outputs *outputs);
/* More than WINDOWS_OUTPUTS_MAX are left alone. */
void outputs_add(
	struct outputs *outputs, struct wl_registry *registry, uint32_t name, uint32_t version);
void outputs_remove(struct outputs *outputs, uint32_t name);
void outputs_manage(struct outputs *outputs, struct zxdg_output_manager_v1 *manager);
void outputs_watch(struct outputs *outputs, void (*on_change)(void *data), void *data);

/* Which place it has, and the reverse; -1 and NULL: none. */
int outputs_place(const struct outputs *outputs, const struct wl_output *output);
const struct output *outputs_at(const struct outputs *outputs, int place);
/* The largest sides, logical, of those in places (bits; 0: of all); WINDOWS_SIDE_MAX where none has
 * a size. */
void outputs_largest(
	const struct outputs *outputs, uint32_t places, int32_t *ret_width, int32_t *ret_height);
/* The largest scale of any: of a window that is on none yet. */
uint32_t outputs_scale(const struct outputs *outputs);

#endif
