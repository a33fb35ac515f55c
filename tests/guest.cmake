# Real guests, by software emulation.
if(TARGET vmsilo-agent-static)
	add_test(NAME guest/session COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/run ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/session PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
	add_test(NAME guest/ends COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/ends ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/ends PROPERTIES LABELS guest
		FIXTURES_REQUIRED small-image)
	add_test(NAME guest/console COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/console ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/console PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
endif()
if(NOT VMSILO_SANITIZE) # as its image
	add_test(NAME guest/debian COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/debian ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/debian PROPERTIES LABELS guest FIXTURES_REQUIRED debian-image)
	if(TARGET vmsilo-windows-view)
		add_test(NAME guest/windows COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/windows ${PROJECT_BINARY_DIR})
		set_tests_properties(guest/windows PROPERTIES LABELS guest FIXTURES_REQUIRED windows-image)
	endif()
endif()
