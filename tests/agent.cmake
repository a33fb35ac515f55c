vmsilo_unit_test(agent vmsilo-agent-core)
vmsilo_unit_test(agent-programs vmsilo-agent-core)
vmsilo_unit_test(agent-usb vmsilo-agent-core)
# Linked before the C library, as the static agent does it.
add_library(vmsilo-static-accounts STATIC ${PROJECT_SOURCE_DIR}/guest-agent/static-accounts.c)
vmsilo_unit_test(static-accounts vmsilo-static-accounts)
