vmsilo_unit_test(idle-policy vmsilo-broker-core)
add_test(NAME path/idle COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/idle ${PROJECT_BINARY_DIR})
set_tests_properties(path/idle PROPERTIES TIMEOUT 200 LABELS path)
