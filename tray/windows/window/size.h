/*
 * How large the guest is told to make a toplevel's content.
 *
 * The compositor speaks of frames. What it says is its wish where it dictates (tiled, maximized,
 * fullscreen) and where it says a size that is new. A window that is free keeps its content
 *
 *   - where the frame becomes thicker or thinner: the size that is said then is of the frame as it
 *     was, for the compositor cannot know the other yet;
 *   - where the size is the one that it had until it chose another, by the above or as its program
 *     likes: that crossed with our choice on its way;
 *   - where only a state changes, and the size is said again: sway 1.7 goes on saying its last size
 *     to windows that have another since.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_SIZE_H
#define VMSILO_TRAY_WINDOWS_WINDOW_SIZE_H

#include "tray/windows/window/window.h"

/* A content's size, physical; 0: as the program likes. */
struct size {
	int32_t width, height;
};

/* That the wanted shape asks for. before: the shape that was wanted until now; NULL: nobody said
 * another, and the guest is told again. */
struct size size_wanted(const struct window *window, const struct window_shape *before);
/* We choose a size for its frame now; and the compositor has said one. */
void size_chosen(struct window *window, int32_t width, int32_t height);
void size_heard(struct window *window);
/* The content of a frame so large at most, in the wanted shape. */
struct size size_bounds(const struct window *window);

#endif
