vmsilo_unit_test(vsock-device vmsilo-vsock-device-core)
vmsilo_fuzz_target(virtqueue vmsilo-vsock-device-core)
vmsilo_fuzz_target(vsock-packets vmsilo-vsock-device-core)
vmsilo_fuzz_target(vhost-user vmsilo-vsock-device-core)
