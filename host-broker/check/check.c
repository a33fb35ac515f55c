#include "host-broker/check/check.h"

#include "host-broker/network/check.h"
#include "host-broker/shares/check.h"

int check_load(const char *path, config_object_cb object, const struct paths *paths,
	struct config **ret, struct error *error)
{
	int code = config_load(path, object, ret, error);

	if (code < 0)
		return code;
	code = shares_check(*ret, paths, path, error);
	if (code == 0)
		code = network_check(*ret, paths->system, error);
	if (code < 0)
		config_destroy(*ret);
	return code;
}
