vmsilo_unit_test(address vmsilo-broker-address)
vmsilo_unit_test(network-names vmsilo-net-attachment)
vmsilo_unit_test(agent-network vmsilo-agent-network)
