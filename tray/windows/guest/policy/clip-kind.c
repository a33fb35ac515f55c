#include "tray/windows/guest/policy/clip-kind.h"

#include <string.h>

const char *const clip_text_types[] = {"text/plain;charset=utf-8", "text/plain;charset=UTF-8",
	"UTF8_STRING", "text/plain", "TEXT", "STRING", NULL};

static const char *type_find(char *const *offered, size_t count, const char *type)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(offered[i], type) == 0)
			return offered[i];
	return NULL;
}

const char *clip_kind_choose(
	char *const *offered, size_t count, Vmsilo__Windows__ClipboardKind *ret_kind)
{
	*ret_kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT;
	for (const char *const *type = clip_text_types; *type; type++) {
		const char *found = type_find(offered, count, *type);
		if (found)
			return found;
	}
	*ret_kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG;
	const char *found = type_find(offered, count, CLIP_PNG_TYPE);
	if (!found)
		*ret_kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING;
	return found;
}
