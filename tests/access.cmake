vmsilo_unit_test(access vmsilo-broker-core)
add_test(NAME path/system COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/system ${PROJECT_BINARY_DIR})
set_tests_properties(path/system PROPERTIES TIMEOUT 120 LABELS path SKIP_RETURN_CODE 77)
