#include "tray/windows/desktop/picture.h"

#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

static void on_release(void *data, struct wl_buffer *buffer)
{
	struct picture *picture = data;

	(void)buffer;
	picture->busy = false;
	if (picture->on_release)
		picture->on_release(picture->data);
}

static const struct wl_buffer_listener listener = {.release = on_release};

static void buffer_make(struct picture *picture)
{
	picture->buffer = wl_shm_pool_create_buffer(picture->pool, 0, picture->width,
		picture->height, picture->width * 4,
		picture->opaque ? WL_SHM_FORMAT_XRGB8888 : WL_SHM_FORMAT_ARGB8888);
	wl_buffer_add_listener(picture->buffer, &listener, picture);
}

static uint8_t *memory_map(int fd, size_t size)
{
	if (ftruncate(fd, (off_t)size) < 0)
		return NULL;
	uint8_t *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return pixels == MAP_FAILED ? NULL : pixels;
}

size_t picture_bytes(int32_t width, int32_t height)
{
	return (size_t)width * (size_t)height * 4;
}

int picture_init_spare(struct picture *picture, struct wl_shm *shm, int32_t width, int32_t height,
	bool opaque, size_t spare)
{
	size_t size = picture_bytes(width, height) + spare;
	int fd = memfd_create("vmsilo-window", MFD_CLOEXEC);

	*picture =
		(struct picture){.size = size, .width = width, .height = height, .opaque = opaque};
	picture->pixels = fd < 0 ? NULL : memory_map(fd, size);
	if (!picture->pixels) {
		if (fd >= 0)
			close(fd);
		return UV_ENOMEM;
	}
	picture->pool = wl_shm_create_pool(shm, fd, (int32_t)size);
	close(fd);
	buffer_make(picture);
	return 0;
}

int picture_init(
	struct picture *picture, struct wl_shm *shm, int32_t width, int32_t height, bool opaque)
{
	return picture_init_spare(picture, shm, width, height, opaque, 0);
}

bool picture_holds(const struct picture *picture, int32_t width, int32_t height)
{
	size_t needed = picture_bytes(width, height);

	return picture->pixels && picture->size >= needed && picture->size - needed <= needed / 2;
}

void picture_reshape(struct picture *picture, int32_t width, int32_t height, bool opaque)
{
	wl_buffer_destroy(picture->buffer);
	picture->width = width;
	picture->height = height;
	picture->opaque = opaque;
	buffer_make(picture);
}

void picture_finish(struct picture *picture)
{
	if (!picture->pixels)
		return;
	wl_buffer_destroy(picture->buffer);
	wl_shm_pool_destroy(picture->pool);
	munmap(picture->pixels, picture->size);
	*picture = (struct picture){0};
}

void picture_set_opaque(struct picture *picture, bool opaque)
{
	if (picture->opaque == opaque)
		return;
	picture->opaque = opaque;
	wl_buffer_destroy(picture->buffer);
	buffer_make(picture);
}

void picture_attach(struct picture *picture, struct wl_surface *surface)
{
	wl_surface_attach(surface, picture->buffer, 0, 0);
	picture->busy = true;
}
