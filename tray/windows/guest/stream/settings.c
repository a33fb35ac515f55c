#include "tray/windows/guest/stream/settings.h"

#include <stdlib.h>

#include "proto/limits.h"

static bool output_valid(const Vmsilo__Windows__Output *output)
{
	return output->width > 0 && output->width <= WINDOWS_PLACE_MAX && output->height > 0 &&
	       output->height <= WINDOWS_PLACE_MAX && output->scale >= WINDOWS_SCALE_ONE &&
	       output->scale <= WINDOWS_SCALE_MAX && abs(output->x) <= 16 * WINDOWS_PLACE_MAX &&
	       abs(output->y) <= 16 * WINDOWS_PLACE_MAX;
}

bool settings_valid(const Vmsilo__Windows__Settings *settings)
{
	if (settings->windows == 0 || settings->windows > WINDOWS_MAX)
		return false;
	if (settings->pixels == 0 || settings->pixels > WINDOWS_PIXELS_MAX)
		return false;
	if (settings->shared > WINDOWS_SHARED_MAX || settings->n_outputs > WINDOWS_OUTPUTS_MAX)
		return false;
	for (size_t i = 0; i < settings->n_outputs; i++)
		if (!output_valid(settings->outputs[i]))
			return false;
	return settings->clipboard_bytes <= WINDOWS_CLIPBOARD_MAX;
}
