/* The names on the session's D-Bus that the tray speaks to, and is spoken to by. */
#ifndef VMSILO_TRAY_BUS_NAMES_H
#define VMSILO_TRAY_BUS_NAMES_H

#include "proto/io/bus.h"

#define WATCHER_NAME "org.kde.StatusNotifierWatcher"
#define WATCHER_PATH "/StatusNotifierWatcher"
#define WATCHER_INTERFACE "org.kde.StatusNotifierWatcher"
#define ITEM_INTERFACE "org.kde.StatusNotifierItem"
#define ITEM_PATH "/StatusNotifierItem"
#define MENU_INTERFACE "com.canonical.dbusmenu"
#define NOTIFICATIONS_NAME "org.freedesktop.Notifications"
#define NOTIFICATIONS_PATH "/org/freedesktop/Notifications"
#define NOTIFICATIONS_INTERFACE "org.freedesktop.Notifications"

#endif
