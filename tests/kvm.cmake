# The product by KVM, in a guest that is a host: see usb/run.
if(TARGET vmsilo-agent-static AND NOT VMSILO_SANITIZE)
	add_test(NAME guest/kvm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/usb/run --nested ${PROJECT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/kvm/guest)
	set_tests_properties(guest/kvm PROPERTIES LABELS guest FIXTURES_REQUIRED "usb-image;small-image")
endif()
