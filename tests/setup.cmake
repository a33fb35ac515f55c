# What a guest is to be like: from the host's files and the configuration to the guest's.
add_library(vmsilo-test-scratch STATIC lib/scratch.c)
target_link_libraries(vmsilo-test-scratch PUBLIC vmsilo-proto PkgConfig::CMOCKA)
vmsilo_unit_test(regional vmsilo-proto)
vmsilo_unit_test(setup-host vmsilo-broker-setup vmsilo-test-scratch)
vmsilo_unit_test(setup-guest vmsilo-agent-setup vmsilo-test-scratch)
add_test(NAME path/setup COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/path/setup ${PROJECT_BINARY_DIR})
set_tests_properties(path/setup PROPERTIES LABELS path)
