/* The control connection of tests/lib/packet-monitor: packets, one request and one answer, in the
 * words of crosvm's control socket. */
#ifndef VMSILO_TESTS_PACKET_CONTROL_H
#define VMSILO_TESTS_PACKET_CONTROL_H

#include "host-broker/monitor/monitor.h"

extern const struct monitor_control_ops packet_control;

#endif
