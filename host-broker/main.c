#include "host-broker/broker-main.h"
#include "host-broker/monitor/registry/registry.h"

int main(int argc, char **argv)
{
	const struct broker_surroundings surroundings = {
		.monitors = monitor_registry, .object = known_monitors_object, .sys = "/sys"};

	return broker_main(argc, argv, &surroundings);
}
