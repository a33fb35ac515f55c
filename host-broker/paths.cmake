add_library(vmsilo-broker-paths STATIC paths.c)
target_link_libraries(vmsilo-broker-paths PUBLIC vmsilo-proto-core)
