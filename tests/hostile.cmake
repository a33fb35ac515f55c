# A script plays the other end and breaks every rule; against the real programs, without a guest.
foreach(side agent broker client device floods)
	add_test(NAME hostile/${side} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/hostile/${side} ${PROJECT_BINARY_DIR})
	set_tests_properties(hostile/${side} PROPERTIES LABELS hostile)
endforeach()
