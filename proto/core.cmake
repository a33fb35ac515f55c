# Pure: bytes and numbers in, bytes and numbers out.
add_library(vmsilo-proto-core STATIC address.c bytes.c colour.c credit.c error.c frame.c hello.c hybrid.c message.c rate.c
	session-rules.c terminal-filter.c text.c token.c
	rate.c
	copy-path.c copy-record.c copy-rules.c
	meminfo.c)
target_link_libraries(vmsilo-proto-core PUBLIC vmsilo-proto-messages PkgConfig::UV)
