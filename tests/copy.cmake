vmsilo_unit_test(copy-record vmsilo-proto-core)
vmsilo_fuzz_target(copy-receive vmsilo-proto-io)

# Both ends over real folders, one of them in a child.
add_library(vmsilo-test-copy-ends STATIC lib/copy-ends.c)
target_link_libraries(vmsilo-test-copy-ends PUBLIC vmsilo-proto-io PkgConfig::CMOCKA)
vmsilo_unit_test(copy-tree vmsilo-test-copy-ends)
vmsilo_unit_test(copy-hostile vmsilo-test-copy-ends)
