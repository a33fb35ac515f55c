#include "proto/base/regional.h"

#include <ctype.h>
#include <string.h>

#include "proto/limits.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* Not longer than it may be, and of these characters alone. */
static bool is_made_of(const char *text, const char *allowed)
{
	size_t length = strnlen(text, SETUP_NAME_MAX + 1);

	return length <= SETUP_NAME_MAX && strspn(text, allowed) == length;
}

bool regional_is_zone(const char *name)
{
	if (!is_made_of(name, LETTERS DIGITS "_+-/"))
		return false;
	if (!isalpha((unsigned char)name[0]))
		return false;
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/'))
		if (!isalpha((unsigned char)slash[1]))
			return false;
	return true;
}

bool regional_is_zone_rule(const char *rule)
{
	return rule[0] && is_made_of(rule, LETTERS DIGITS "<>+-,./:");
}

bool regional_is_locale(const char *name)
{
	return isalpha((unsigned char)name[0]) && is_made_of(name, LETTERS DIGITS "_.@-");
}

bool regional_is_keyboard_word(const char *word)
{
	return is_made_of(word, LETTERS DIGITS "_,:()+.-");
}
