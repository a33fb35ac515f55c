vmsilo_unit_test(options vmsilo-cli-core)
vmsilo_unit_test(leave vmsilo-cli-core)
vmsilo_unit_test(run-options vmsilo-cli-core vmsilo-broker-core)

# Every option that --help tells stands in the program's manual page.
add_test(NAME cli/manual COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/manual ${PROJECT_BINARY_DIR})
set_tests_properties(cli/manual PROPERTIES LABELS path)

if(JANSSON_ARCHIVE AND CYAML_ARCHIVE AND YAML_ARCHIVE AND NOT VMSILO_SANITIZE)
	add_test(NAME cli/libraries COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/libraries ${PROJECT_BINARY_DIR})
	set_tests_properties(cli/libraries PROPERTIES LABELS unit)
endif()

add_test(NAME path/completion COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/completion ${PROJECT_BINARY_DIR})
set_tests_properties(path/completion PROPERTIES LABELS path)
vmsilo_fuzz_target(session-client vmsilo-cli-core vmsilo-test-world vmsilo-test-no-io-uring)
vmsilo_fuzz_target(console-client vmsilo-cli-core vmsilo-test-world vmsilo-test-no-io-uring)

# What is around a client: descriptors, HOME, other users, a broker that dies.
add_test(NAME path/surroundings COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/surroundings ${PROJECT_BINARY_DIR})
set_tests_properties(path/surroundings PROPERTIES LABELS path)
