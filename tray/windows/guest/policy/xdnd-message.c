#include "tray/windows/guest/policy/xdnd-message.h"

#include <string.h>

#define TEXT_OF_X11 "UTF8_STRING"

bool xdnd_enter_read(const uint32_t words[XDND_WORDS], struct xdnd_enter *ret)
{
	uint32_t version = words[1] >> 24;

	*ret = (struct xdnd_enter){.window = words[0], .listed = words[1] & 1};
	for (size_t i = 0; i < XDND_DIRECT; i++)
		if (words[2 + i] != 0)
			ret->types[ret->count++] = words[2 + i];
	return ret->window != 0 && version >= XDND_VERSION_MIN && version <= XDND_VERSION;
}

static bool is_name(const char *name, size_t length)
{
	if (length == 0 || length > XDND_TYPE_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	return true;
}

static const struct xdnd_type *find(const struct xdnd_types *types, const char *name, size_t length)
{
	for (size_t i = 0; i < types->count; i++) {
		const struct xdnd_type *type = &types->list[i];
		if (strlen(type->name) == length && memcmp(type->name, name, length) == 0)
			return type;
	}
	return NULL;
}

void xdnd_types_add(struct xdnd_types *types, uint32_t atom, const char *name, size_t length)
{
	if (types->count == XDND_TYPES_MAX || !is_name(name, length) || find(types, name, length))
		return;
	struct xdnd_type *type = &types->list[types->count++];
	type->atom = atom;
	memcpy(type->name, name, length);
	type->name[length] = '\0';
}

void xdnd_types_complete(struct xdnd_types *types)
{
	static const char *const names[] = {"text/plain;charset=utf-8", "text/plain"};
	const struct xdnd_type *text = find(types, TEXT_OF_X11, strlen(TEXT_OF_X11));

	for (size_t i = 0; text && i < sizeof(names) / sizeof(*names); i++)
		xdnd_types_add(types, text->atom, names[i], strlen(names[i]));
}

uint32_t xdnd_types_find(const struct xdnd_types *types, const char *name)
{
	const struct xdnd_type *type = find(types, name, strlen(name));

	return type ? type->atom : 0;
}

uint32_t xdnd_actions(uint32_t proposed, uint32_t listed)
{
	/* Who is to ask the user must have something to ask. */
	if (proposed == XDND_ASK && (listed & (XDND_COPY | XDND_MOVE)) == 0)
		listed = XDND_COPY;
	return proposed | listed;
}
