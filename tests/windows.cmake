# Windows of guests. The guest's end and its programs run in a Debian 13, which is kept from one run to the next; the first makes it
# (some minutes). Exit code 77: not root.
add_test(NAME windows/guest-end COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/guest-end ${PROJECT_BINARY_DIR})
set_tests_properties(windows/guest-end PROPERTIES LABELS windows FIXTURES_SETUP windows-guest-end SKIP_RETURN_CODE 77)
# Each end against one that is played, and both with each other.
add_test(NAME windows/guest COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/guest ${PROJECT_BINARY_DIR})
set_tests_properties(windows/guest PROPERTIES LABELS windows FIXTURES_REQUIRED windows-guest-end SKIP_RETURN_CODE 77)
if(TARGET vmsilo-windows-view)
	add_test(NAME windows/desk COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/desk ${PROJECT_BINARY_DIR})
	foreach(compositor weston mutter kwin)
		add_test(NAME windows/${compositor} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/compositors ${PROJECT_BINARY_DIR} ${compositor})
		set_tests_properties(windows/${compositor} PROPERTIES LABELS windows)
	endforeach()
	add_test(NAME hostile/windows COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/hostile/windows ${PROJECT_BINARY_DIR})
	add_test(NAME windows/programs COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/programs ${PROJECT_BINARY_DIR})
	set_tests_properties(windows/desk hostile/windows windows/programs PROPERTIES LABELS windows)
	# Its tree has 2 GB.
	add_test(NAME windows/large-programs COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/large-programs ${PROJECT_BINARY_DIR})
	set_tests_properties(windows/large-programs PROPERTIES LABELS "windows;long")
	set_tests_properties(
		windows/programs windows/large-programs PROPERTIES FIXTURES_REQUIRED windows-guest-end SKIP_RETURN_CODE 77)
endif()
if(TARGET vmsilo-windows-rules)
	vmsilo_fuzz_target(windows-rules vmsilo-windows-rules)
endif()
