add_library(vmsilo-broker-config STATIC config-check.c config-form.c config-locate.c config-print.c
	config-restart.c config-schema.c config-switch.c config-tray.c config-usb.c config.c units.c usb/selector.c)
target_link_libraries(vmsilo-broker-config PUBLIC vmsilo-proto-io PkgConfig::CYAML
	PkgConfig::JANSSON PkgConfig::YAML)
