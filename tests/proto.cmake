vmsilo_unit_test(frame vmsilo-proto-core)
vmsilo_unit_test(proto vmsilo-proto-core)
vmsilo_unit_test(session-rules vmsilo-proto-core)
vmsilo_fuzz_target(frame vmsilo-proto-core)
