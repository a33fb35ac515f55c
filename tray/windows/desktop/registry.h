/* What the compositor offers, bound as it is announced. */
#ifndef VMSILO_TRAY_WINDOWS_DESKTOP_REGISTRY_H
#define VMSILO_TRAY_WINDOWS_DESKTOP_REGISTRY_H

#include "tray/windows/desktop/desktop.h"

void registry_listen(struct desktop *desktop);
/* 0, or UV_ENOTSUP and what is missing. */
int registry_check(const struct desktop *desktop, struct error *error);
void registry_finish(struct desktop *desktop);

#endif
