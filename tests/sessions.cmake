# Broker, agent and client, real, without a VM: what a session may ask for, and how a terminal is left.
foreach(name sessions terminal many rings namespaces)
	add_test(NAME path/${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/${name} ${PROJECT_BINARY_DIR})
	set_tests_properties(path/${name} PROPERTIES LABELS path)
endforeach()
vmsilo_fuzz_target(open vmsilo-agent-core)
vmsilo_fuzz_target(guest-log vmsilo-broker-core)

if(TARGET vmsilo-agent-static)
	add_test(NAME guest/sessions COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/sessions ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/sessions PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
endif()
