vmsilo_unit_test(agent vmsilo-agent-core)
vmsilo_unit_test(agent-programs vmsilo-agent-core)
vmsilo_unit_test(agent-usb vmsilo-agent-core)
vmsilo_unit_test(static-accounts vmsilo-static-accounts)
