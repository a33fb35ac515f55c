#include "host-broker/config/value/chord.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const modifiers[] = {"Ctrl", "Alt", "Shift", "Super"};

#define MODIFIERS (sizeof(modifiers) / sizeof(modifiers[0]))

/* Its bit; 0: it is none. */
static unsigned int modifier_bit(const char *word, size_t length)
{
	for (size_t i = 0; i < MODIFIERS; i++)
		if (strlen(modifiers[i]) == length && strncasecmp(modifiers[i], word, length) == 0)
			return 1u << i;
	return 0;
}

static bool is_key(const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)word[i]) && word[i] != '_')
			return false;
	return length > 0 && modifier_bit(word, length) == 0;
}

bool chord_is(const char *text)
{
	unsigned int held = 0;
	const char *plus;

	if (strlen(text) > CHORD_MAX)
		return false;
	for (; (plus = strchr(text, '+')); text = plus + 1) {
		unsigned int bit = modifier_bit(text, (size_t)(plus - text));
		if (bit == 0 || (held & bit))
			return false;
		held |= bit;
	}
	return held && is_key(text);
}
