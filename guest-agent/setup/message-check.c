#include "guest-agent/setup/message-check.h"

#include <string.h>

#include "guest-agent/setup/user.h"
#include "proto/base/regional.h"
#include "proto/base/text.h"
#include "proto/limits.h"

static bool is_empty_or(const char *text, bool (*is_right)(const char *))
{
	return !text[0] || is_right(text);
}

static bool keyboard_is_right(const Vmsilo__Control__Keyboard *keyboard)
{
	return !keyboard || (regional_is_keyboard_word(keyboard->layout) &&
				    regional_is_keyboard_word(keyboard->variant) &&
				    regional_is_keyboard_word(keyboard->model) &&
				    regional_is_keyboard_word(keyboard->options));
}

static bool user_is_right(const Vmsilo__Control__User *user)
{
	return user && is_empty_or(user->name, text_is_user_name) && user->uid >= USER_UID_MIN &&
	       user->uid <= USER_UID_MAX;
}

/* A disk or a share, somewhere below the root; the home alone is where the user's is. */
static bool mount_is_right(const Vmsilo__Control__Mount *mount)
{
	const char *source = mount->disk[0] ? mount->disk : mount->share;
	bool one = !mount->disk[0] != !mount->share[0];
	bool placed = mount->path[0] ? mount->path[0] == '/' && mount->path[1] : mount->home;

	return one && placed && text_is_vm_name(source) && strlen(mount->path) <= SETUP_PATH_MAX &&
	       !text_has_controls(mount->path, strlen(mount->path));
}

bool setup_is_right(const Vmsilo__Control__Setup *message)
{
	bool right = message->n_mounts <= SETUP_MOUNTS_MAX;

	for (size_t i = 0; right && i < message->n_mounts; i++)
		right = mount_is_right(message->mounts[i]);
	return right && is_empty_or(message->host_name, text_is_vm_name) &&
	       is_empty_or(message->time_zone, regional_is_zone) &&
	       is_empty_or(message->time_zone_rule, regional_is_zone_rule) &&
	       is_empty_or(message->locale, regional_is_locale) &&
	       keyboard_is_right(message->keyboard) && user_is_right(message->user);
}
