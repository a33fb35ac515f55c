# Windows of guests. The guest's end and its programs run in a Debian 13, which is kept from one run to the next; the first makes it
# (some minutes). Exit code 77: not root.
add_test(NAME windows/guest-end COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/guest-end ${PROJECT_BINARY_DIR})
set_tests_properties(windows/guest-end PROPERTIES LABELS windows FIXTURES_SETUP windows-guest-end SKIP_RETURN_CODE 77)
# Each end against one that is played, and both with each other.
add_test(NAME windows/guest COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/guest ${PROJECT_BINARY_DIR})
add_test(NAME windows/drags COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/drags ${PROJECT_BINARY_DIR})
add_test(NAME windows/xwayland COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/xwayland ${PROJECT_BINARY_DIR})
set_tests_properties(
	windows/guest windows/drags windows/xwayland PROPERTIES LABELS windows FIXTURES_REQUIRED windows-guest-end SKIP_RETURN_CODE 77)
if(TARGET vmsilo-windows-view)
	add_test(NAME windows/desk COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/desk ${PROJECT_BINARY_DIR})
	# compositor_test NAME ARGUMENT...: of tests/windows/compositors or tests/windows/desk.
	function(compositor_test name)
		add_test(NAME windows/${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/${ARGN})
		set_tests_properties(windows/${name} PROPERTIES LABELS windows SKIP_RETURN_CODE 77)
	endfunction()
	foreach(compositor weston kwin)
		compositor_test(${compositor} compositors ${PROJECT_BINARY_DIR} ${compositor})
	endforeach()
	# It draws all by the processor, and takes as much of it as the other two and more.
	compositor_test(mutter compositors ${PROJECT_BINARY_DIR} mutter frame_and_names typing pointer fullscreen popups dialogs closing sharp)
	# Those of a Debian 13, in its tree; of what is as in Debian 12 only the first things, the rest with ctest -C long.
	compositor_test(trixie-weston compositors ${PROJECT_BINARY_DIR} weston --trixie)
	compositor_test(trixie-kwin compositors ${PROJECT_BINARY_DIR} kwin --trixie)
	compositor_test(trixie-mutter compositors ${PROJECT_BINARY_DIR} mutter --trixie frame_and_names typing cursor fullscreen dialogs minimised sharp)
	compositor_test(trixie-sway desk ${PROJECT_BINARY_DIR} --trixie frame_and_names tiled fullscreen resizing popups_at_edges dialogs closing
		keyboard cursor scale_2 scale_1_5 scale_1_25 scales_mixed flow security_context unplugged)
	foreach(command "mutter;compositors;mutter" "trixie-mutter;compositors;mutter;--trixie" "trixie-sway;desk;--trixie"
		"gnome-shell;compositors;gnome-shell;--trixie")
		list(POP_FRONT command compositor script)
		add_test(NAME windows/${compositor}-all CONFIGURATIONS long
			COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/${script} ${PROJECT_BINARY_DIR} ${command})
		set_tests_properties(windows/${compositor}-all PROPERTIES LABELS "windows;long" SKIP_RETURN_CODE 77)
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
