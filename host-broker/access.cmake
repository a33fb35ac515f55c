# Who may.
target_sources(vmsilo-broker-config PRIVATE config-access.c)
target_sources(vmsilo-broker-core PRIVATE access-names.c guard.c polkit.c refusals.c)
target_link_libraries(vmsilo-broker-core PUBLIC vmsilo-proto-bus)
install(FILES polkit/org.vmsilo.policy DESTINATION ${CMAKE_INSTALL_DATADIR}/polkit-1/actions)
install(FILES polkit/50-vmsilo.rules DESTINATION ${CMAKE_INSTALL_DATADIR}/polkit-1/rules.d)
target_sources(vmsilo-broker-vmm PRIVATE identity.c runtime-dir.c)
