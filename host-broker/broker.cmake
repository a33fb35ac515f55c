# What client and broker both know of journals.
add_library(vmsilo-broker-journal STATIC journal-line.c)
target_link_libraries(vmsilo-broker-journal PUBLIC vmsilo-proto-core)

add_library(vmsilo-broker-core STATIC access.c activation.c answer.c broker-main.c broker.c retire.c
	client.c console-log.c console-ring.c consoles.c control.c events.c guest-log.c image.c journal.c
	launch.c lobby.c log-budget.c record.c reload.c request-console.c request-events.c request-list.c request-reload.c
	request-run.c request-stop.c request-usb.c request.c restart-backoff.c run.c server.c
	session-policy.c stop-ladder.c stream-open.c vm-requests.c vm-state.c vm-table.c vm-watch.c vm.c
	vsock-gate.c waiters.c usb/assign.c usb/attachment.c usb/auto.c usb/change.c usb/device-list.c usb/disk-use.c
	usb/driver-restore.c usb/handover.c usb/left-alone.c usb/question.c usb/uevent.c usb/usb-record.c usb/usb.c)
target_compile_definitions(vmsilo-broker-core PRIVATE
	VMSILO_LIBEXECDIR="${CMAKE_INSTALL_FULL_LIBEXECDIR}/vmsilo")
target_link_libraries(vmsilo-broker-core PUBLIC vmsilo-broker-config vmsilo-broker-journal
	vmsilo-broker-vmm vmsilo-proto-sandbox PkgConfig::JANSSON PkgConfig::UV)

add_executable(vmsilo-broker main.c)
target_link_libraries(vmsilo-broker PRIVATE vmsilo-broker-core)
install(TARGETS vmsilo-broker)
