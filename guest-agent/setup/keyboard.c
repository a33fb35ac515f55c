#include <stdio.h>
#include <string.h>

#include "guest-agent/setup/files.h"
#include "guest-agent/setup/places.h"

#define KEYBOARD_FILE "etc/default/keyboard"

/* keyboard(5). The words have no characters that mean something to a shell. */
void keyboard_apply(
	const char *root, const Vmsilo__Control__Keyboard *keyboard, struct problems *problems)
{
	char text[4 * (SETUP_NAME_MAX + 16) + 32];

	if (!keyboard->layout[0] || !files_has(root, "etc/default"))
		return;
	snprintf(text, sizeof(text),
		"XKBMODEL=\"%s\"\nXKBLAYOUT=\"%s\"\nXKBVARIANT=\"%s\"\nXKBOPTIONS=\"%s\"\n"
		"BACKSPACE=\"guess\"\n",
		keyboard->model, keyboard->layout, keyboard->variant, keyboard->options);
	int code = files_write(root, KEYBOARD_FILE, text, 0644);
	if (code < 0)
		problems_add(problems, "cannot write /" KEYBOARD_FILE ": %s", strerror(-code));
}
