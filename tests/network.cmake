vmsilo_unit_test(address vmsilo-broker-address)
vmsilo_unit_test(network-names vmsilo-net-attachment)
