vmsilo_unit_test(access vmsilo-broker-core)
vmsilo_unit_test(lobby vmsilo-broker-core)
vmsilo_unit_test(named vmsilo-broker-access)
vmsilo_unit_test(vm-uids vmsilo-broker-users)
add_test(NAME path/system COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/system ${PROJECT_BINARY_DIR})
set_tests_properties(path/system PROPERTIES LABELS path SKIP_RETURN_CODE 77)
add_test(NAME path/identity COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/identity ${PROJECT_BINARY_DIR})
set_tests_properties(path/identity PROPERTIES LABELS path SKIP_RETURN_CODE 77)

# A real guest, by software emulation.
if(TARGET vmsilo-agent-static)
	add_test(NAME guest/system COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/system ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/system PROPERTIES LABELS guest FIXTURES_REQUIRED small-image SKIP_RETURN_CODE 77)
endif()

add_test(NAME path/polkit COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/polkit ${PROJECT_BINARY_DIR})
set_tests_properties(path/polkit PROPERTIES LABELS path SKIP_RETURN_CODE 77)
