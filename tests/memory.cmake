vmsilo_unit_test(balloon-policy vmsilo-broker-balloon)
target_sources(test-balloon-policy PRIVATE lib/balloon-machine.c)
target_compile_definitions(test-balloon-policy PRIVATE VMSILO_TRACES="${CMAKE_CURRENT_SOURCE_DIR}/unit/traces")
vmsilo_unit_test(memory vmsilo-broker-balloon vmsilo-broker-vmm)
