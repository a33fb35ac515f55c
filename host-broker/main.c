#include "host-broker/broker-main.h"
#include "host-broker/monitor/registry/registry.h"

int main(int argc, char **argv)
{
	return broker_main(argc, argv, monitor_registry, "/sys");
}
