#include "tray/windows/guest/pixels/pieces.h"

#include <stdlib.h>
#include <uv.h>

#include "proto/limits.h"

/* A RECT counts once for each message that it is cut into, which are never as many as this. */
#define PIECES_CUT_MAX (WINDOWS_PIECES_MAX / 4)

void pieces_clear(struct pieces *pieces)
{
	pieces->count = 0;
}

void pieces_finish(struct pieces *pieces)
{
	free(pieces->list);
	*pieces = (struct pieces){0};
}

int pieces_add(struct pieces *pieces, const struct piece *piece)
{
	if (pieces->count == WINDOWS_PIECES_MAX - PIECES_CUT_MAX)
		return UV_E2BIG;
	if (pieces->count == pieces->room) {
		size_t room = pieces->room ? pieces->room * 2 : 64;
		struct piece *list = realloc(pieces->list, room * sizeof(*list));
		if (!list)
			return UV_ENOMEM;
		pieces->list = list;
		pieces->room = room;
	}
	pieces->list[pieces->count++] = *piece;
	return 0;
}

uint32_t pieces_rows(uint32_t width)
{
	return FRAME_WINDOWS_PIXELS_MAX / (width * 4);
}
