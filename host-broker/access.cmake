# Who may.
target_sources(vmsilo-broker-config PRIVATE access-names.c config-access.c identity.c identity-check.c uid-range.c
	uid-table.c uid-taken.c vm-uids.c)
target_sources(vmsilo-broker-core PRIVATE guard.c polkit.c ready.c)
target_link_libraries(vmsilo-broker-core PUBLIC vmsilo-proto-bus)
install(FILES polkit/org.vmsilo.policy DESTINATION ${CMAKE_INSTALL_DATADIR}/polkit-1/actions)
install(FILES polkit/50-vmsilo.rules DESTINATION ${CMAKE_INSTALL_DATADIR}/polkit-1/rules.d)
target_sources(vmsilo-broker-vmm PRIVATE kvm-node.c runtime-dir.c)

# The machine's broker as a service, and the user of its VMs.
foreach(unit vmsilo-broker vmsilo-vms)
	configure_file(systemd/${unit}.service.in ${PROJECT_BINARY_DIR}/systemd/${unit}.service @ONLY)
	install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit}.service DESTINATION lib/systemd/system)
endforeach()
configure_file(systemd/vmsilo-broker.socket.in ${PROJECT_BINARY_DIR}/systemd/vmsilo-broker.socket @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/systemd/vmsilo-broker.socket DESTINATION lib/systemd/system)

# A user's own broker, likewise.
foreach(unit vmsilo-broker.service vmsilo-broker.socket vmsilo-vms.service)
	configure_file(systemd/user/${unit}.in ${PROJECT_BINARY_DIR}/systemd/user/${unit} @ONLY)
	install(FILES ${PROJECT_BINARY_DIR}/systemd/user/${unit} DESTINATION lib/systemd/user)
endforeach()
install(FILES systemd/vmsilo.sysusers DESTINATION lib/sysusers.d RENAME vmsilo.conf)
