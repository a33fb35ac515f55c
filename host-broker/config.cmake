pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)

add_library(vmsilo-broker-config STATIC config.c config-check.c config-locate.c config-schema.c config-tray.c config-usb.c
	units.c usb/selector.c)
target_link_libraries(vmsilo-broker-config PUBLIC vmsilo-proto-io PkgConfig::CYAML
	PkgConfig::YAML)
target_sources(vmsilo-broker-config PRIVATE config-print.c config-restart.c)
target_link_libraries(vmsilo-broker-config PUBLIC PkgConfig::JANSSON)
