vmsilo_unit_test(paths vmsilo-proto)
vmsilo_fuzz_target(qmp vmsilo-broker-monitor-qemu)
vmsilo_unit_test(child vmsilo-broker-monitor)
vmsilo_unit_test(monitor vmsilo-broker-monitor-qemu)
vmsilo_unit_test(kvm-node vmsilo-broker-monitor)
vmsilo_unit_test(capability vmsilo-broker-monitors)
vmsilo_unit_test(qemu vmsilo-broker-monitor-qemu)
vmsilo_unit_test(devices vmsilo-broker-monitor)

# A real guest with one of each device.
if(TARGET vmsilo-agent-static)
	add_executable(vmsilo-broker-devices broker-devices.c)
	target_link_libraries(vmsilo-broker-devices PRIVATE vmsilo-broker-core vmsilo-broker-monitor-qemu)
	set_target_properties(vmsilo-broker-devices PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
	add_test(NAME image/devices COMMAND ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/vmsilo-image build small
		--agent $<TARGET_FILE:vmsilo-agent-static> --output ${PROJECT_BINARY_DIR}/images/devices
		--module virtio_blk --module virtio_net --module virtiofs)
	set_tests_properties(image/devices PROPERTIES LABELS image FIXTURES_SETUP devices-image)
	add_test(NAME guest/devices COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/guest/devices ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/devices PROPERTIES LABELS guest FIXTURES_REQUIRED devices-image SKIP_RETURN_CODE 77)
endif()
