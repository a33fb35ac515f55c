vmsilo_unit_test(tray-model vmsilo-tray-model)
vmsilo_fuzz_target(tray vmsilo-tray-model)
