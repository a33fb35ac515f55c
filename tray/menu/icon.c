#include "tray/menu/icon.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "tray/menu/limits.h"
#include "tray/pictures/picture-png.h"

static void decode(const char *base64, struct picture *ret)
{
	struct base64_decode_ctx context;
	size_t length = BASE64_DECODE_LENGTH(strlen(base64));
	_cleanup_free_ uint8_t *png = malloc(length + 1);

	base64_decode_init(&context);
	if (base64[0] && png &&
		base64_decode_update(&context, &length, png, strlen(base64), base64) &&
		base64_decode_final(&context))
		(void)picture_from_png(png, length, MENU_ICON_SIDE, ret);
}

int icon_marked(const char *base64, struct colour colour, uint8_t **ret, size_t *ret_length)
{
	struct picture content = {0}, marked = {0};

	decode(base64, &content);
	int code = picture_mark(&content, MENU_ICON_SIDE, colour, &marked);
	if (code == 0)
		code = picture_to_png(&marked, ret, ret_length);
	picture_finish(&content);
	picture_finish(&marked);
	return code;
}
