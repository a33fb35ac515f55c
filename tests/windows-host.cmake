vmsilo_unit_test(windows-check vmsilo-windows-rules)
vmsilo_unit_test(windows-rules vmsilo-windows-rules)
vmsilo_unit_test(windows-draw vmsilo-windows-draw)
vmsilo_unit_test(windows-place vmsilo-windows-window)
vmsilo_unit_test(windows-chord vmsilo-windows-input)
vmsilo_unit_test(windows-renew vmsilo-windows-clipboard)
vmsilo_fuzz_target(windows-renew vmsilo-windows-clipboard)

# The whole view, with a compositor that is played.
vmsilo_library(WAYLAND_SERVER wayland-server libwayland-dev)
add_library(vmsilo-test-compositor STATIC lib/compositor/compositor.c lib/compositor/data.c lib/compositor/output.c
	lib/compositor/seat.c lib/compositor/shell.c lib/compositor/surface.c)
target_link_libraries(vmsilo-test-compositor PUBLIC vmsilo-windows-protocols PkgConfig::WAYLAND_SERVER)
vmsilo_fuzz_target(windows-view vmsilo-test-compositor vmsilo-windows-host vmsilo-test-world)
target_sources(fuzz-windows-view PRIVATE lib/view-guest.c)
vmsilo_unit_test(windows-pictures vmsilo-test-compositor vmsilo-windows-host vmsilo-test-world)
target_sources(test-windows-pictures PRIVATE lib/view-guest.c)

# The real view on a headless sway, with a parent and a guest that are played.
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/windows/bed.py)
	add_test(NAME windows/parent COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/parent ${PROJECT_BINARY_DIR})
	set_tests_properties(windows/parent PROPERTIES LABELS windows)
endif()
