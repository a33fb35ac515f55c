# Who may.
target_sources(vmsilo-broker-config PRIVATE config-access.c)
target_sources(vmsilo-broker-core PRIVATE access-names.c guard.c refusals.c)
target_sources(vmsilo-broker-vmm PRIVATE identity.c runtime-dir.c)
