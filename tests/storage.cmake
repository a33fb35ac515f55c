vmsilo_unit_test(storage vmsilo-broker-storage vmsilo-mkfs-core)
add_test(NAME path/storage COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/storage ${PROJECT_BINARY_DIR})
set_tests_properties(path/storage PROPERTIES LABELS path)
