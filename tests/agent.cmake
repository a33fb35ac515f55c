vmsilo_unit_test(agent vmsilo-agent-core)
