vmsilo_unit_test(paths vmsilo-proto-io)
vmsilo_fuzz_target(qmp vmsilo-broker-vmm)
vmsilo_unit_test(child vmsilo-broker-vmm)
vmsilo_unit_test(vmm vmsilo-broker-vmm)
