vmsilo_unit_test(windows-check vmsilo-windows-rules)
vmsilo_unit_test(windows-rules vmsilo-windows-rules)
vmsilo_unit_test(windows-draw vmsilo-windows-draw)
vmsilo_unit_test(windows-place vmsilo-windows-window)
vmsilo_unit_test(windows-chord vmsilo-windows-input)
vmsilo_unit_test(windows-renew vmsilo-windows-clipboard)
vmsilo_fuzz_target(windows-renew vmsilo-windows-clipboard)

# The real view on a headless sway, with a parent and a guest that are played.
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/windows/bed.py)
	add_test(NAME windows/parent COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/windows/parent ${PROJECT_BINARY_DIR})
	set_tests_properties(windows/parent PROPERTIES LABELS windows)
endif()
