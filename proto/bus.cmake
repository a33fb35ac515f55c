# D-Bus on the libuv loop: the tray's session bus, the broker's system bus.
add_library(vmsilo-proto-bus STATIC bus.c)
target_link_libraries(vmsilo-proto-bus PUBLIC vmsilo-proto-io PkgConfig::DBUS)
