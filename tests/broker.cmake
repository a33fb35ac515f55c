vmsilo_unit_test(vm-state vmsilo-broker-core)
vmsilo_unit_test(console-ring vmsilo-broker-core)
vmsilo_unit_test(journal vmsilo-broker-core)
vmsilo_unit_test(stop-ladder vmsilo-broker-core)
add_library(vmsilo-play-parts STATIC lib/play-parts.c)
target_link_libraries(vmsilo-play-parts PUBLIC vmsilo-broker-parts vmsilo-test-world PkgConfig::CMOCKA)
vmsilo_unit_test(helper vmsilo-broker-parts)
vmsilo_unit_test(parts vmsilo-play-parts)
vmsilo_unit_test(parts-record vmsilo-play-parts)
vmsilo_unit_test(restart-backoff vmsilo-broker-core)
vmsilo_unit_test(record vmsilo-broker-core)
vmsilo_unit_test(answer vmsilo-broker-core)
vmsilo_unit_test(waiters vmsilo-broker-core)

add_executable(vmsilo-broker-agent broker-agent.c lib/packet-control.c lib/script-parts.c)
target_compile_definitions(vmsilo-broker-agent PRIVATE
	VMSILO_AGENT="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/vmsilo-agent"
	VMSILO_CARDED_GUEST="${CMAKE_CURRENT_SOURCE_DIR}/lib/carded-guest"
	VMSILO_PACKET_MONITOR="${CMAKE_CURRENT_SOURCE_DIR}/lib/packet-monitor"
	VMSILO_TALKER="${CMAKE_CURRENT_SOURCE_DIR}/lib/talker")
target_link_libraries(vmsilo-broker-agent PRIVATE vmsilo-broker-core vmsilo-broker-monitor-qemu)
set_target_properties(vmsilo-broker-agent PROPERTIES
	RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)

# Broker, agent and client, real, without a VM.
add_test(NAME path/agent COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/run ${PROJECT_BINARY_DIR})
set_tests_properties(path/agent PROPERTIES LABELS path)
add_test(NAME path/lifecycle COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/lifecycle ${PROJECT_BINARY_DIR})
add_test(NAME path/parts COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/parts ${PROJECT_BINARY_DIR})
set_tests_properties(path/parts PROPERTIES LABELS path)
add_test(NAME path/ends COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/ends ${PROJECT_BINARY_DIR})
set_tests_properties(path/ends PROPERTIES LABELS path)
add_test(NAME path/retire COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/retire ${PROJECT_BINARY_DIR})
set_tests_properties(path/retire PROPERTIES LABELS path)
# glibc's and the sanitizers' own clock_gettime are both in the way of this one in such a build.
if(NOT VMSILO_SANITIZE)
	add_library(clock-shift SHARED lib/clock-shift.c)
	set_target_properties(clock-shift PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
	add_test(NAME path/clock COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/clock ${PROJECT_BINARY_DIR})
	set_tests_properties(path/clock PROPERTIES LABELS path)
endif()
add_test(NAME path/reload COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/reload ${PROJECT_BINARY_DIR})
set_tests_properties(path/reload PROPERTIES LABELS path)
add_test(NAME path/adopted COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/adopted ${PROJECT_BINARY_DIR})
set_tests_properties(path/adopted PROPERTIES LABELS path)
add_test(NAME path/activation COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/activation ${PROJECT_BINARY_DIR})
set_tests_properties(path/activation PROPERTIES LABELS path)
add_test(NAME path/monitors COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/monitors ${PROJECT_BINARY_DIR})
set_tests_properties(path/monitors PROPERTIES LABELS path)
add_test(NAME path/console COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/console ${PROJECT_BINARY_DIR})
set_tests_properties(path/console PROPERTIES LABELS path)
set_tests_properties(path/lifecycle PROPERTIES LABELS path)
vmsilo_unit_test(usb-policy vmsilo-broker-core)
vmsilo_unit_test(usb-record vmsilo-broker-core)

# A table of VMs without monitors.
add_library(vmsilo-table-rig STATIC lib/table-rig.c lib/fake-monitor.c)
target_link_libraries(vmsilo-table-rig PUBLIC vmsilo-broker-core PkgConfig::CMOCKA)
vmsilo_unit_test(watch vmsilo-table-rig)
vmsilo_unit_test(watchers vmsilo-table-rig)

# A broker's VMs without processes. The fakes are there whether they are asked for or not, so that what they stand in for is not.
add_library(vmsilo-broker-rig OBJECT lib/broker-rig.c lib/fake-monitor.c lib/fake-process.c)
target_link_libraries(vmsilo-broker-rig PUBLIC vmsilo-broker-core vmsilo-test-world)
vmsilo_fuzz_target(control vmsilo-broker-rig)
vmsilo_unit_test(pause vmsilo-broker-rig)
vmsilo_fuzz_target(record vmsilo-broker-rig)
vmsilo_fuzz_target(console vmsilo-broker-rig)
