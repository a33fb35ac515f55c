vmsilo_unit_test(config vmsilo-broker-config)
vmsilo_fuzz_target(config vmsilo-broker-config)
vmsilo_unit_test(config-restart vmsilo-broker-config)
