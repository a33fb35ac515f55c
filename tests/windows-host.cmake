vmsilo_unit_test(windows-check vmsilo-windows-rules)
vmsilo_unit_test(windows-rules vmsilo-windows-rules)
vmsilo_unit_test(windows-draw vmsilo-windows-draw)
vmsilo_unit_test(windows-chord vmsilo-windows-input)
