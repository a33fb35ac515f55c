# What client and broker both know of journals.
add_library(vmsilo-broker-journal STATIC journal-line.c)
target_link_libraries(vmsilo-broker-journal PUBLIC vmsilo-proto-core)

add_library(vmsilo-broker-core STATIC access.c answer.c broker.c broker-main.c client.c
	console-ring.c control.c image.c journal.c launch.c record.c
	request.c request-list.c request-run.c request-usb.c run.c server.c stream-open.c vm.c
	usb/assign.c usb/attachment.c usb/device-list.c usb/disk-use.c usb/driver-restore.c
	usb/auto.c usb/handover.c usb/uevent.c usb/usb.c usb/usb-record.c vm-state.c vm-watch.c
	vsock-gate.c waiters.c)
target_sources(vmsilo-broker-core PRIVATE guest-log.c session-policy.c)
target_sources(vmsilo-broker-core PRIVATE console-log.c activation.c consoles.c events.c
	reload.c request-reload.c restart-backoff.c vm-requests.c vm-table.c
	request-console.c request-events.c
	request-stop.c stop-ladder.c)
target_compile_definitions(vmsilo-broker-core PRIVATE
	VMSILO_LIBEXECDIR="${CMAKE_INSTALL_FULL_LIBEXECDIR}/vmsilo")
target_link_libraries(vmsilo-broker-core PUBLIC vmsilo-broker-config vmsilo-broker-journal vmsilo-broker-paths
	vmsilo-broker-vmm vmsilo-proto-io PkgConfig::JANSSON PkgConfig::UV)

add_executable(vmsilo-broker main.c)
target_link_libraries(vmsilo-broker PRIVATE vmsilo-broker-core)
install(TARGETS vmsilo-broker)
