/* What the program was told: by its command line, and by its parent, who may change it. */
#ifndef VMSILO_TRAY_WINDOWS_HOST_SETTINGS_H
#define VMSILO_TRAY_WINDOWS_HOST_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/colour.h"
#include "proto/wire/token.h"
#include "tray/windows/rules/rules.h"

#define SETTINGS_COPY "Ctrl+Alt+C"
#define SETTINGS_PASTE "Ctrl+Alt+V"
#define SETTINGS_CHORD_SIZE 64

struct settings {
	struct colour colour;
	struct rules_limits limits;
	char copy[SETTINGS_CHORD_SIZE], paste[SETTINGS_CHORD_SIZE];
	bool bare_fullscreen, text_input, drags;
	struct token token;
	bool has_token;
};

/* For a stream without a parent: everything on, and the most of everything. */
void settings_init(struct settings *settings);

#endif
