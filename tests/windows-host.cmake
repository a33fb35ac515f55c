vmsilo_unit_test(windows-check vmsilo-windows-rules)
vmsilo_unit_test(windows-rules vmsilo-windows-rules)
