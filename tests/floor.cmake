# What tests/bench compares with.
if(NOT VMSILO_SANITIZE)
	add_executable(vmsilo-floor floor/floor.c)
	target_link_options(vmsilo-floor PRIVATE -static)
	set_target_properties(vmsilo-floor PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
	add_executable(vmsilo-floor-usb floor/usb.c)
	target_link_libraries(vmsilo-floor-usb PRIVATE vmsilo-usb-core)
	set_target_properties(vmsilo-floor-usb PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
endif()
