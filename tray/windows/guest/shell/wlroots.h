/* wlroots 0.18, whose headers ask to be told that their interface moves. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_WLROOTS_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_WLROOTS_H

#include <wlr/backend/headless.h>
#include <wlr/render/pixman.h>
#include <wlr/types/wlr_buffer.h>
#include <wlr/types/wlr_compositor.h>
#include <wlr/types/wlr_data_device.h>
#include <wlr/types/wlr_output.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_seat.h>
#include <wlr/types/wlr_subcompositor.h>
#include <wlr/types/wlr_xdg_shell.h>
#include <wlr/xwayland.h>

#endif
