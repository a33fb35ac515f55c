vmsilo_unit_test(copy-record vmsilo-proto-copy)
vmsilo_unit_test(copy-plan vmsilo-cli-core)
vmsilo_fuzz_target(copy-receive vmsilo-proto)

# Both ends over real folders, one of them in a child.
add_library(vmsilo-test-copy-ends STATIC lib/copy-ends.c)
target_link_libraries(vmsilo-test-copy-ends PUBLIC vmsilo-proto PkgConfig::CMOCKA)
vmsilo_unit_test(copy-tree vmsilo-test-copy-ends)
vmsilo_unit_test(copy-hostile vmsilo-test-copy-ends)

# Broker, agent and client, real, without a VM.
add_test(NAME path/copy COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/copy ${PROJECT_BINARY_DIR})
set_tests_properties(path/copy PROPERTIES LABELS path)

if(TARGET vmsilo-agent-static)
	add_test(NAME guest/copy COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/copy ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/copy PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
endif()
