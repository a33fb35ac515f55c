/* What a guest says of a picture, for tests that play one. */
#ifndef VMSILO_TESTS_WINDOWS_WORDS_H
#define VMSILO_TESTS_WINDOWS_WORDS_H

#include "proto/windows.pb-c.h"

static inline Vmsilo__Windows__Rect words_rect(
	uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	Vmsilo__Windows__Rect message = VMSILO__WINDOWS__RECT__INIT;

	message.x = x;
	message.y = y;
	message.width = width;
	message.height = height;
	return message;
}

static inline Vmsilo__Windows__Fill words_fill(
	uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t colour)
{
	Vmsilo__Windows__Fill message = VMSILO__WINDOWS__FILL__INIT;

	message.x = x;
	message.y = y;
	message.width = width;
	message.height = height;
	message.colour = colour;
	return message;
}

static inline Vmsilo__Windows__Copy words_copy(
	uint32_t x, uint32_t y, uint32_t width, uint32_t height, int32_t dy)
{
	Vmsilo__Windows__Copy message = VMSILO__WINDOWS__COPY__INIT;

	message.x = x;
	message.y = y;
	message.width = width;
	message.height = height;
	message.dy = dy;
	return message;
}

static inline Vmsilo__Windows__FrameEnd words_end(uint32_t window)
{
	Vmsilo__Windows__FrameEnd message = VMSILO__WINDOWS__FRAME_END__INIT;

	message.window = window;
	return message;
}

#endif
