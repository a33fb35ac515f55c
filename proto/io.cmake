# On descriptors and the libuv loop.
add_library(vmsilo-proto-io STATIC acceptor.c broker-request.c channel.c closer.c dial.c fd.c files-limit.c heap-trim.c listen.c log.c signals.c socket.c
	copy-budget.c copy-confine.c copy-destination.c copy-pipe.c copy-receive.c copy-remove.c copy-send.c
	broker-dial.c memory-stat.c paths.c program-options.c standard-fds.c vsock-buffer.c)
target_link_libraries(vmsilo-proto-io PUBLIC vmsilo-proto-core PkgConfig::UV)
