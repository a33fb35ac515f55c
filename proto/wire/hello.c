#include "proto/wire/hello.h"

#include <stdbool.h>
#include <uv.h>

static int refuse(const struct hello *peer, const char *who, struct error *error)
{
	bool older = peer->version_max < PROTOCOL_VERSION_MIN;

	return error_set(error, UV_EPROTONOSUPPORT,
		"the %s speaks protocol %u to %u, this side %d to %d: %s", who, peer->version_min,
		peer->version_max, PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX,
		older ? "upgrade the side that is older (an image: vmsilo-image build; a broker: "
			"restart it)"
		      : "upgrade this side");
}

int hello_negotiate(
	const struct hello *peer, const char *who, struct hello *ret, struct error *error)
{
	uint32_t version =
		peer->version_max < PROTOCOL_VERSION_MAX ? peer->version_max : PROTOCOL_VERSION_MAX;

	if (peer->version_min > peer->version_max || version < peer->version_min ||
		version < PROTOCOL_VERSION_MIN)
		return refuse(peer, who, error);
	*ret = (struct hello){
		.version_min = version,
		.version_max = version,
		.features = peer->features & PROTOCOL_FEATURES,
	};
	return 0;
}

int hello_accept(const struct hello *answer, const char *who, struct error *error)
{
	if (answer->version_min != answer->version_max)
		return error_set(
			error, UV_EPROTO, "the %s answered a hello with two versions", who);
	if (answer->version_max < PROTOCOL_VERSION_MIN ||
		answer->version_max > PROTOCOL_VERSION_MAX)
		return error_set(error, UV_EPROTO,
			"the %s chose protocol %u, which was not offered (%d to %d)", who,
			answer->version_max, PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX);
	if (answer->features & ~PROTOCOL_FEATURES)
		return error_set(
			error, UV_EPROTO, "the %s chose features that were not offered", who);
	return 0;
}
