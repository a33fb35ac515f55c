# D-Bus on the libuv loop: the tray's session bus, the broker's system bus.
pkg_check_modules(DBUS REQUIRED IMPORTED_TARGET GLOBAL dbus-1)
add_library(vmsilo-proto-bus STATIC bus.c)
target_link_libraries(vmsilo-proto-bus PUBLIC vmsilo-proto-io PkgConfig::DBUS)
