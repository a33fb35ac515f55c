# Pure: bytes and numbers in, bytes and numbers out.
add_library(vmsilo-proto-core STATIC address.c allowance.c bytes.c colour.c copy-path.c copy-record.c copy-rules.c
	credit.c error.c frame.c hello.c hybrid.c meminfo.c message.c rate.c session-rules.c
	terminal-filter.c text.c token.c)
target_link_libraries(vmsilo-proto-core PUBLIC vmsilo-proto-messages PkgConfig::UV)
