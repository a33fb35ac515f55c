vmsilo_unit_test(network-names vmsilo-broker-network)
