vmsilo_unit_test(paths vmsilo-broker-paths)
vmsilo_fuzz_target(qmp vmsilo-broker-vmm)
