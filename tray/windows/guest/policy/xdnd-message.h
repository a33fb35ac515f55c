/* What a drag's source says by XDND, and what of it a Wayland program is told. Pure. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_POLICY_XDND_MESSAGE_H
#define VMSILO_TRAY_WINDOWS_GUEST_POLICY_XDND_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XDND_VERSION 5     /* ours; a source takes this or its own, whichever is less */
#define XDND_VERSION_MIN 3 /* older ones have other messages */
#define XDND_TYPES_MAX 64  /* of a drag; more are not offered */
#define XDND_TYPE_MAX 255  /* bytes of a name; a longer one is not offered */
#define XDND_WORDS 5       /* of a message */
#define XDND_DIRECT 3      /* types that have their place in XdndEnter */

/* As wl_data_device_manager.dnd_action has them. */
enum xdnd_action {
	XDND_COPY = 1,
	XDND_MOVE = 2,
	XDND_ASK = 4,
};

/* An atom and the name that Wayland programs see, which may be another's. */
struct xdnd_type {
	uint32_t atom;
	char name[XDND_TYPE_MAX + 1];
};

struct xdnd_types {
	size_t count;
	struct xdnd_type list[XDND_TYPES_MAX];
};

struct xdnd_enter {
	uint32_t window; /* the source's */
	bool listed;     /* XdndTypeList has the types */
	size_t count;
	uint32_t types[XDND_DIRECT];
};

/* XdndEnter's words. False: it is none, or of a version that we do not speak. */
bool xdnd_enter_read(const uint32_t words[XDND_WORDS], struct xdnd_enter *ret);

/* A name is not terminated. One that is no type's, is there already, or has no place is left out.
 */
void xdnd_types_add(struct xdnd_types *types, uint32_t atom, const char *name, size_t length);
/* All are there: text that X11 has a name of its own for has Wayland's names, too. */
void xdnd_types_complete(struct xdnd_types *types);
/* XCB_ATOM_NONE: it is not among them. */
uint32_t xdnd_types_find(const struct xdnd_types *types, const char *name);

/* What a source allows, bits of enum xdnd_action: it proposes the one (0: none that Wayland knows)
 * and lists others. */
uint32_t xdnd_actions(uint32_t proposed, uint32_t listed);

#endif
