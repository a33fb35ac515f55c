#include "tray/pictures/icon-file.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdlib.h>
#include <uv.h>

#define ROWS_SIDE_MAX 4096

int icon_rows_load(const uint8_t *bytes, size_t length, int64_t width, int64_t height,
	int64_t stride, bool alpha, uint32_t side, struct picture *ret)
{
	int64_t channels = alpha ? 4 : 3;

	*ret = (struct picture){0};
	if (width < 1 || height < 1 || width > ROWS_SIDE_MAX || height > ROWS_SIDE_MAX ||
		stride < width * channels || stride > ROWS_SIDE_MAX * 8 ||
		(int64_t)length < stride * (height - 1) + width * channels)
		return UV_EINVAL;
	struct picture picture = {.width = (uint32_t)width, .height = (uint32_t)height};
	picture.pixels = malloc((size_t)(width * height) * 4);
	if (!picture.pixels)
		return UV_ENOMEM;
	for (int64_t y = 0; y < height; y++) {
		for (int64_t x = 0; x < width; x++) {
			const uint8_t *from = bytes + y * stride + x * channels;
			uint8_t *to = picture.pixels + (y * width + x) * 4;
			to[0] = alpha ? from[3] : 255;
			to[1] = from[0];
			to[2] = from[1];
			to[3] = from[2];
		}
	}
	int code = picture_fit(&picture, side, ret);
	picture_finish(&picture);
	return code;
}

static int pixbuf_take(GdkPixbuf *pixbuf, uint32_t side, struct picture *ret)
{
	*ret = (struct picture){0};
	if (!pixbuf)
		return UV_EINVAL;
	int code = icon_rows_load(gdk_pixbuf_read_pixels(pixbuf),
		gdk_pixbuf_get_byte_length(pixbuf), gdk_pixbuf_get_width(pixbuf),
		gdk_pixbuf_get_height(pixbuf), gdk_pixbuf_get_rowstride(pixbuf),
		gdk_pixbuf_get_has_alpha(pixbuf), side, ret);
	g_object_unref(pixbuf);
	return code;
}

int icon_file_load(const char *path, uint32_t side, struct picture *ret)
{
	return pixbuf_take(
		gdk_pixbuf_new_from_file_at_size(path, (int)side, (int)side, NULL), side, ret);
}

int icon_bytes_load(const uint8_t *bytes, size_t length, uint32_t side, struct picture *ret)
{
	GdkPixbufLoader *loader = gdk_pixbuf_loader_new();
	GdkPixbuf *pixbuf = NULL;

	bool written = gdk_pixbuf_loader_write(loader, bytes, length, NULL);
	if (gdk_pixbuf_loader_close(loader, NULL) && written)
		pixbuf = gdk_pixbuf_loader_get_pixbuf(loader);
	if (pixbuf)
		g_object_ref(pixbuf);
	g_object_unref(loader);
	return pixbuf_take(pixbuf, side, ret);
}
