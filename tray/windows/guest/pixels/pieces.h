/* What a frame on the stream is made of, in its order. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PIXELS_PIECES_H
#define VMSILO_TRAY_WINDOWS_GUEST_PIXELS_PIECES_H

#include <stddef.h>

#include "tray/windows/guest/pixels/picture.h"

enum piece_kind { PIECE_RECT, PIECE_COPY, PIECE_FILL };

struct piece {
	enum piece_kind kind;
	struct area area;
	int32_t dy;      /* COPY: by how many rows down */
	uint32_t colour; /* FILL */
};

struct pieces {
	struct piece *list;
	size_t count, room;
};

void pieces_clear(struct pieces *pieces);
void pieces_finish(struct pieces *pieces);
/* 0; UV_ENOMEM; or UV_E2BIG when no frame may have so many. */
int pieces_add(struct pieces *pieces, const struct piece *piece);
/* How many rows of a RECT so wide go in one message. */
uint32_t pieces_rows(uint32_t width);

#endif
