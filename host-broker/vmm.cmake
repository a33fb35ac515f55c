add_library(vmsilo-broker-vmm STATIC child.c pace.c process.c vmm/accel.c vmm/argv.c vmm/console.c vmm/qemu.c
	vmm/qmp-codec.c vmm/qmp.c vmm/registry.c vmm/shutdown-cause.c
	vmm/tsc.c vmm/vhost-vsock.c vmm/vmm.c)
target_link_libraries(vmsilo-broker-vmm PUBLIC vmsilo-broker-config
	vmsilo-proto-io PkgConfig::JANSSON PkgConfig::UV)
