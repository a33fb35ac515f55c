# Apart from the rest, so that only programs with a sandbox need libseccomp.
add_library(vmsilo-proto-sandbox STATIC sandbox.c)
target_link_libraries(vmsilo-proto-sandbox PUBLIC vmsilo-proto-io PkgConfig::SECCOMP)
