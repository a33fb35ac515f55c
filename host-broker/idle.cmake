# Why a VM runs, and when it stops by itself.
target_sources(vmsilo-broker-config PRIVATE config-idle.c)
target_sources(vmsilo-broker-core PRIVATE cpu-time.c idle.c idle-policy.c reason.c reason-message.c request-idle.c why.c)
