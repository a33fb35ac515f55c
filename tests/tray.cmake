vmsilo_unit_test(menu vmsilo-tray-menu)
vmsilo_unit_test(tray-model vmsilo-tray-model)
vmsilo_fuzz_target(tray vmsilo-tray-model)
# The desktop's side with a bus that is played: what it defines is not taken from the library.
vmsilo_fuzz_target(tray-peer vmsilo-tray-host)
target_sources(fuzz-tray-peer PRIVATE lib/bus-desk.c)

# Both trays, real, between two session buses; in `broker` joined by the real broker and agent, in
# `desktop-x` and `desktop-wayland` with real panels, real notification daemons, and programs with a tray library each.
foreach(test stream hostile broker desktop-x desktop-wayland)
	add_test(NAME tray/${test} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tray/${test} ${PROJECT_BINARY_DIR})
	set_tests_properties(tray/${test} PROPERTIES LABELS tray)
endforeach()

# And through a real guest.
add_executable(tray-item tray/programs/item.c)
target_link_libraries(tray-item PRIVATE vmsilo-tray-bus)
set_target_properties(tray-item PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
if(TARGET vmsilo-agent-static)
	add_test(NAME guest/tray COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tray/guest ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/tray PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
endif()

add_test(NAME path/menu COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/menu ${PROJECT_BINARY_DIR})
set_tests_properties(path/menu PROPERTIES LABELS path)

# What starts the view of a VM's windows.
vmsilo_unit_test(windows-launch vmsilo-windows-launch vmsilo-test-scratch)
vmsilo_fuzz_target(windows-desk vmsilo-windows-launch)
