# Apart from the rest, so that only programs with a system call filter need libseccomp.
add_library(vmsilo-proto-sandbox STATIC io-uring.c sandbox-begin.c sandbox.c)
target_link_libraries(vmsilo-proto-sandbox PUBLIC vmsilo-proto-io PkgConfig::SECCOMP)
