vmsilo_unit_test(idle-policy vmsilo-broker-core)
add_test(NAME path/paused COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/paused ${PROJECT_BINARY_DIR})
set_tests_properties(path/paused PROPERTIES LABELS path)
add_test(NAME path/idle COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/idle ${PROJECT_BINARY_DIR})
set_tests_properties(path/idle PROPERTIES LABELS path)

# A real guest, by software emulation.
if(TARGET vmsilo-agent-static)
	add_test(NAME guest/idle COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/idle ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/idle PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
	add_test(NAME guest/paused COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/paused ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/paused PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
endif()
