#include "tray/windows/clipboard/renew.h"

#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"

#define PNG_SIGNATURE 8
#define PNG_CHUNK 12 /* bytes of one beside its own: length, type, sum */

static bool is_control(const uint8_t *at, const uint8_t *end)
{
	if (*at == 0xc2 && at + 1 < end) /* C1 */
		return at[1] >= 0x80 && at[1] < 0xa0;
	return (*at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r') || *at == 0x7f;
}

static int text_renew(const uint8_t *bytes, size_t length, struct blob **ret)
{
	size_t to = 0;

	if (!text_is_utf8((const char *)bytes, length))
		return UV_EINVAL;
	struct blob *blob = blob_create(bytes, length);
	if (!blob)
		return UV_ENOMEM;
	/* The blob's: an empty clipboard has no bytes of its own. */
	const uint8_t *end = blob->bytes + length;
	for (const uint8_t *at = blob->bytes; at < end; at++) {
		if (!is_control(at, end))
			blob->bytes[to++] = *at;
		else if (*at == 0xc2)
			at++;
	}
	blob->length = to;
	*ret = blob;
	return 0;
}

static uint32_t number_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* libpng asks for as much memory as a chunk says it is long, before it looks whether that is there.
 */
static bool chunks_fit(const uint8_t *bytes, size_t length)
{
	size_t at = PNG_SIGNATURE;

	while (length >= at && length - at >= PNG_CHUNK) {
		uint32_t chunk = number_at(bytes + at);
		if (chunk > length - at - PNG_CHUNK)
			return false;
		if (memcmp(bytes + at + 4, "IEND", 4) == 0)
			return true; /* what is behind is not looked at */
		at += PNG_CHUNK + chunk;
	}
	return false;
}

static int png_decode(png_image *image, const uint8_t *bytes, size_t length, uint8_t **ret)
{
	if (!chunks_fit(bytes, length) || !png_image_begin_read_from_memory(image, bytes, length))
		return UV_EINVAL;
	if ((uint64_t)image->width * image->height > RENEW_PIXELS_MAX) {
		png_image_free(image);
		return UV_E2BIG;
	}
	image->format = PNG_FORMAT_RGBA;
	_cleanup_free_ uint8_t *pixels = malloc(PNG_IMAGE_SIZE(*image));
	if (!pixels) {
		png_image_free(image);
		return UV_ENOMEM;
	}
	if (!png_image_finish_read(image, NULL, pixels, 0, NULL))
		return UV_EINVAL;
	*ret = steal_pointer(&pixels);
	return 0;
}

static int png_renew(const uint8_t *bytes, size_t length, struct blob **ret)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	_cleanup_free_ uint8_t *pixels = NULL;
	int code = png_decode(&image, bytes, length, &pixels);

	if (code < 0)
		return code;
	png_image made = {.version = PNG_IMAGE_VERSION,
		.width = image.width,
		.height = image.height,
		.format = PNG_FORMAT_RGBA};
	png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(made);
	_cleanup_free_ uint8_t *png = malloc(room);
	if (!png || !png_image_write_to_memory(&made, png, &room, 0, pixels, 0, NULL))
		return UV_ENOMEM;
	*ret = blob_create(png, room);
	return *ret ? 0 : UV_ENOMEM;
}

int renew(Vmsilo__Windows__ClipboardKind kind, const uint8_t *untrusted_bytes, size_t length,
	size_t most, struct blob **ret)
{
	int code = 0;

	*ret = NULL;
	if (kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT)
		code = text_renew(untrusted_bytes, length, ret);
	else if (kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG)
		code = png_renew(untrusted_bytes, length, ret);
	if (code == 0 && *ret && (*ret)->length > most) {
		blob_release(*ret);
		*ret = NULL;
		code = UV_E2BIG;
	}
	return code;
}
