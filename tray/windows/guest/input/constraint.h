/* A program wants the pointer locked in place, or kept inside its window; the host says whether it
 * is. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_CONSTRAINT_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_CONSTRAINT_H

#include "tray/windows/guest/shell/window.h"

struct constraint {
	struct server *server;
	struct wlr_pointer_constraints_v1 *all;
	struct wlr_relative_pointer_manager_v1 *relative;
	struct wlr_pointer_constraint_v1 *active; /* that holds; NULL */
	/* What the host was told last. */
	uint32_t window;
	Vmsilo__Windows__Constraint wanted;
	struct wl_listener new_constraint, focus, destroy;
	bool changed; /* may be */
};

int constraint_init(struct constraint *constraint, struct server *server);
void constraint_finish(struct constraint *constraint);
/* The pointer may be elsewhere, or what is wanted there may be something else. */
void constraint_update(struct constraint *constraint);
void constraint_flush(struct constraint *constraint);
void constraint_leave(struct constraint *constraint);
/* The host's messages. */
void constraint_hold(
	struct constraint *constraint, const Vmsilo__Windows__PointerConstraint *message);
void constraint_relative(struct constraint *constraint, const Vmsilo__Windows__Pointer *message);

#endif
