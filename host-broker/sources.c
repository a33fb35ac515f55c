#include "host-broker/sources.h"

#include "host-broker/network/interfaces/part.h"
#include "host-broker/network/part.h"
#include "host-broker/storage/storage.h"
#include "host-broker/windows/region.h"

static int source_add(struct sources *sources, struct part_source source)
{
	if (sources->count == SOURCES_MAX)
		return UV_ENOSPC;
	sources->list[sources->count++] = source;
	return 0;
}

static int storage_open(struct sources *sources, struct vm_environment *environment,
	const struct sources_programs *programs)
{
	const struct storage_options options = {.environment = environment, .mkfs = programs->mkfs};
	int code = storage_create(&options, &sources->storage);

	return code < 0 ? code : source_add(sources, storage_source(sources->storage));
}

static int shares_open(struct sources *sources, const struct vm_environment *environment,
	const struct sources_programs *programs)
{
	sources->shares = (struct shares_options){
		.environment = environment, .sandbox = programs->share_sandbox};
	return source_add(sources, (struct part_source){shares_add, &sources->shares});
}

int sources_create(struct sources *sources, struct vm_environment *environment,
	struct network *network, const struct sources_programs *programs)
{
	const struct part_source *given = environment->sources;

	*sources = (struct sources){0};
	int code = storage_open(sources, environment, programs);
	if (code == 0)
		code = shares_open(sources, environment, programs);
	if (code == 0)
		code = source_add(sources, network_source(network));
	if (code == 0)
		code = source_add(sources, (struct part_source){interfaces_add, NULL});
	if (code == 0)
		code = source_add(sources, (struct part_source){region_add, environment});
	for (; code == 0 && given && given->add; given++)
		code = source_add(sources, *given);
	environment->sources = sources->list;
	return code;
}

void sources_destroy(struct sources *sources)
{
	if (sources->storage)
		storage_destroy(sources->storage);
}
