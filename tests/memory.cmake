vmsilo_unit_test(qmp vmsilo-broker-monitor-qemu)
vmsilo_fuzz_target(balloon vmsilo-broker-balloon)
vmsilo_unit_test(balloon-policy vmsilo-broker-balloon)
target_sources(test-balloon-policy PRIVATE lib/balloon-machine.c)
target_compile_definitions(test-balloon-policy PRIVATE VMSILO_TRACES="${CMAKE_CURRENT_SOURCE_DIR}/unit/traces")
vmsilo_unit_test(memory vmsilo-broker-core vmsilo-broker-monitor-qemu)

# Real guests.
if(TARGET vmsilo-agent-static)
	add_executable(vmsilo-clock-change clock/clock-change.c ${PROJECT_SOURCE_DIR}/host-broker/clock/change.c)
	target_link_options(vmsilo-clock-change PRIVATE -static)
	target_link_libraries(vmsilo-clock-change PRIVATE ${UV_STATIC} vmsilo-static-accounts)
	set_target_properties(vmsilo-clock-change PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
	foreach(name clock memory)
		add_test(NAME guest/${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/${name} ${PROJECT_BINARY_DIR})
		set_tests_properties(guest/${name} PROPERTIES LABELS guest FIXTURES_REQUIRED small-image)
	endforeach()
endif()

# Broker, agent and client, real, without a VM.
add_test(NAME path/memory COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/memory ${PROJECT_BINARY_DIR})
set_tests_properties(path/memory PROPERTIES LABELS path)
