# Memory between host and guests, and their clocks.
add_library(vmsilo-broker-balloon STATIC admission.c balloon-policy.c report-check.c resident.c)
target_link_libraries(vmsilo-broker-balloon PUBLIC vmsilo-proto-core)
target_sources(vmsilo-broker-core PRIVATE balancer.c clock-change.c clock-keeper.c request-memory.c seats.c)
target_link_libraries(vmsilo-broker-core PUBLIC vmsilo-broker-balloon)
target_sources(vmsilo-cli-core PRIVATE cli/command-memory.c)
