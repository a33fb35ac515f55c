# The vhost-user back end: a program of its own, so that what reads the guest's memory has no other right.
add_library(vmsilo-vsock-device-core STATIC vsock-device/backend.c vsock-device/complaint.c vsock-device/connection.c vsock-device/device.c
	vsock-device/memory.c vsock-device/packet.c vsock-device/table.c vsock-device/virtqueue.c vsock-device/vhost-user.c vsock-device/watch.c)
target_link_libraries(vmsilo-vsock-device-core PUBLIC vmsilo-proto-sandbox PkgConfig::UV)

add_executable(vmsilo-vsock-device vsock-device/main.c)
target_link_libraries(vmsilo-vsock-device PRIVATE vmsilo-vsock-device-core)
install(TARGETS vmsilo-vsock-device DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/vmsilo)
