# A device that exists in memory only, for what serves a guest from it.
add_library(vmsilo-fake-usb STATIC lib/fake-usb.c)
target_link_libraries(vmsilo-fake-usb PUBLIC vmsilo-usb-core)
add_library(vmsilo-usb-rig STATIC lib/usb-rig.c)
target_link_libraries(vmsilo-usb-rig PUBLIC vmsilo-fake-usb PkgConfig::CMOCKA)
vmsilo_unit_test(usb-wire vmsilo-usb-core)
vmsilo_unit_test(usb vmsilo-usb-rig)
vmsilo_unit_test(usb-control vmsilo-usb-rig)
vmsilo_unit_test(usb-turns vmsilo-usb-rig)
vmsilo_fuzz_target(usb-server vmsilo-fake-usb)
vmsilo_fuzz_target(usb-stream vmsilo-fake-usb vmsilo-test-world)
vmsilo_fuzz_target(usb-descriptors vmsilo-usb-core)

# The real thing: emulated devices on Debian's full kernel in a guest that is host and guest at once.
if(NOT VMSILO_SANITIZE)
	add_test(NAME image/usb COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/usb/image ${PROJECT_BINARY_DIR})
	set_tests_properties(image/usb PROPERTIES LABELS image FIXTURES_SETUP usb-image)
	add_test(NAME guest/usb COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/usb/run ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/usb PROPERTIES LABELS guest FIXTURES_REQUIRED usb-image)
	# And VMs that a broker started, by KVM.
	add_test(NAME guest/usb-nested COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/usb/run --nested ${PROJECT_BINARY_DIR})
	set_tests_properties(guest/usb-nested PROPERTIES LABELS guest FIXTURES_REQUIRED usb-image)
endif()
