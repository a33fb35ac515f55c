vmsilo_unit_test(tray-model vmsilo-tray-model)
vmsilo_fuzz_target(tray vmsilo-tray-model)

# Both trays, real, between two session buses; in `broker` joined by the real broker and agent, in
# `desktop-x` and `desktop-wayland` with real panels, real notification daemons, and programs with a tray library each.
foreach(test stream hostile broker desktop-x desktop-wayland)
	add_test(NAME tray/${test} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tray/${test} ${PROJECT_BINARY_DIR})
	set_tests_properties(tray/${test} PROPERTIES TIMEOUT 300 LABELS tray)
endforeach()
