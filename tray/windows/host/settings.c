#include "tray/windows/host/settings.h"

#include <string.h>

void settings_init(struct settings *settings)
{
	*settings = (struct settings){
		.limits = {.windows = WINDOWS_MAX,
			.pixels = WINDOWS_PIXELS_MAX,
			.clipboard_bytes = WINDOWS_CLIPBOARD_DEFAULT},
		.text_input = true,
		.drags = true,
	};
	strcpy(settings->copy, SETTINGS_COPY);
	strcpy(settings->paste, SETTINGS_PASTE);
}
