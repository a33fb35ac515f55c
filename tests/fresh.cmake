# What a stranger does first, on a Debian that has nothing else: 12 and 13. With the tests' packages the tests are configured in
# both; in Debian 13, which is not what they run on every day, they are built, and run in part. Exit code 77: not root.
# Both compile the whole on all processors, so one comes after the other; but they begin first, since they wait as often as
# others do (for a disk, for a guest of one processor), and for these moments there is enough else.
if(NOT VMSILO_SANITIZE)
	add_test(NAME fresh/trixie COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fresh/run trixie test desktop)
	add_test(NAME fresh/bookworm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fresh/run bookworm test)
	set_tests_properties(fresh/bookworm fresh/trixie PROPERTIES TIMEOUT 2400 LABELS fresh SKIP_RETURN_CODE 77
		PROCESSORS 2 RESOURCE_LOCK fresh)
endif()
