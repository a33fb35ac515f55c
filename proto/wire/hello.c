#include "proto/wire/hello.h"

#include <stdbool.h>
#include <uv.h>

void hello_offer(Vmsilo__Hello *ret, const char *software, const struct token *token)
{
	vmsilo__hello__init(ret);
	ret->version_min = PROTOCOL_VERSION_MIN;
	ret->version_max = PROTOCOL_VERSION_MAX;
	ret->features = PROTOCOL_FEATURES;
	ret->software = (char *)software;
	if (token)
		ret->token = (ProtobufCBinaryData){
			.data = (uint8_t *)token->bytes, .len = sizeof(token->bytes)};
}

static int refuse(const Vmsilo__Hello *untrusted_offer, const char *who, struct error *error)
{
	bool older = untrusted_offer->version_max < PROTOCOL_VERSION_MIN;

	return error_set(error, UV_EPROTONOSUPPORT,
		"the %s speaks protocol versions %u to %u, this side %d to %d: %s", who,
		untrusted_offer->version_min, untrusted_offer->version_max, PROTOCOL_VERSION_MIN,
		PROTOCOL_VERSION_MAX,
		older ? "upgrade the older side (for an image: vmsilo-image build; for a broker: "
			"restart it)"
		      : "upgrade this side");
}

int hello_answer(const Vmsilo__Hello *untrusted_offer, const char *who, const char *software,
	Vmsilo__Hello *ret, struct error *error)
{
	uint32_t least = untrusted_offer->version_min, most = untrusted_offer->version_max;
	uint32_t version = most < PROTOCOL_VERSION_MAX ? most : PROTOCOL_VERSION_MAX;

	if (least > most || version < least || version < PROTOCOL_VERSION_MIN)
		return refuse(untrusted_offer, who, error);
	hello_offer(ret, software, NULL);
	ret->version_min = ret->version_max = version;
	ret->features &= untrusted_offer->features;
	return 0;
}

int hello_accept(const Vmsilo__Hello *untrusted_answer, const char *who, struct error *error)
{
	uint32_t version = untrusted_answer->version_max;

	if (untrusted_answer->version_min != version)
		return error_set(
			error, UV_EPROTO, "the %s answered a hello with two versions", who);
	if (version < PROTOCOL_VERSION_MIN || version > PROTOCOL_VERSION_MAX)
		return error_set(error, UV_EPROTO,
			"the %s chose protocol %u, which was not offered (%d to %d)", who, version,
			PROTOCOL_VERSION_MIN, PROTOCOL_VERSION_MAX);
	if (untrusted_answer->features & ~PROTOCOL_FEATURES)
		return error_set(
			error, UV_EPROTO, "the %s chose features that were not offered", who);
	return 0;
}
