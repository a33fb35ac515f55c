vmsilo_unit_test(share-sandbox vmsilo-share-sandbox-core)
vmsilo_unit_test(shares vmsilo-broker-shares-check)
add_test(NAME path/shares COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/shares ${PROJECT_BINARY_DIR})
set_tests_properties(path/shares PROPERTIES LABELS path SKIP_RETURN_CODE 77)
