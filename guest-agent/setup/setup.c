#include "guest-agent/setup/setup.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "guest-agent/setup/home.h"
#include "guest-agent/setup/places.h"
#include "guest-agent/setup/user.h"
#include "proto/base/regional.h"
#include "proto/base/text.h"

#define STANDARD_USER "user"

void setup_init(struct setup *setup, const char *root, bool small)
{
	*setup = (struct setup){.root = root, .small = small};
}

/* ---- what a broker may say ---- */

static bool keyboard_is_right(const Vmsilo__Control__Keyboard *keyboard)
{
	return !keyboard || (regional_is_keyboard_word(keyboard->layout) &&
				    regional_is_keyboard_word(keyboard->variant) &&
				    regional_is_keyboard_word(keyboard->model) &&
				    regional_is_keyboard_word(keyboard->options));
}

static bool user_is_right(const Vmsilo__Control__User *user)
{
	return !user || ((!user->name[0] || text_is_user_name(user->name)) &&
				user->uid >= USER_UID_MIN && user->uid <= USER_UID_MAX);
}

static bool is_right(const Vmsilo__Control__Setup *message)
{
	return (!message->host_name[0] || text_is_vm_name(message->host_name)) &&
	       (!message->time_zone[0] || regional_is_zone(message->time_zone)) &&
	       (!message->time_zone_rule[0] || regional_is_zone_rule(message->time_zone_rule)) &&
	       (!message->locale[0] || regional_is_locale(message->locale)) &&
	       keyboard_is_right(message->keyboard) && user_is_right(message->user);
}

/* ---- what is done ---- */

/* A folder of the system's is no home to be given away. */
static bool has_home(const struct setup_user *user)
{
	return user->uid >= USER_UID_MIN && user->home[0] == '/' && user->home[1];
}

static void user_apply(
	struct setup *setup, const Vmsilo__Control__User *wanted, struct problems *problems)
{
	struct setup_user user;

	snprintf(setup->user, sizeof(setup->user), "%s",
		wanted->name[0] || setup->small ? wanted->name : STANDARD_USER);
	if (setup->user[0] && user_make(setup->root, setup->user, wanted->uid, &user, problems) &&
		has_home(&user))
		home_make(setup->root, &user, problems);
}

static void zone_apply(
	struct setup *setup, const Vmsilo__Control__Setup *message, struct problems *problems)
{
	bool by_file = time_zone_apply(setup->root, message->time_zone, problems);

	snprintf(setup->time_zone, sizeof(setup->time_zone), "%s",
		by_file ? "" : message->time_zone_rule);
}

int setup_apply(
	struct setup *setup, const Vmsilo__Control__Setup *message, struct problems *problems)
{
	if (!setup->root || !is_right(message))
		return UV_EPROTO;
	host_name_settle(setup->root, message->host_name, problems);
	zone_apply(setup, message, problems);
	locale_apply(setup->root, message->locale, setup->locale, problems);
	if (message->keyboard)
		keyboard_apply(setup->root, message->keyboard, problems);
	if (message->user)
		user_apply(setup, message->user, problems);
	return 0;
}
