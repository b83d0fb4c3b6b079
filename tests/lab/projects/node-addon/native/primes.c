#include <math.h>
#include <node_api.h>
#include <stdint.h>
#include <stdlib.h>

static napi_value count(napi_env env, napi_callback_info info)
{
	size_t argc = 1;
	napi_value argument, result;
	int64_t limit, found = 0;

	napi_get_cb_info(env, info, &argc, &argument, NULL, NULL);
	napi_get_value_int64(env, argument, &limit);
	unsigned char *composite = calloc(limit + 2, 1);
	for (int64_t at = 2; at < limit; at++) {
		if (composite[at])
			continue;
		found++;
		if ((double)at <= sqrt((double)limit))
			for (int64_t next = at * at; next < limit; next += at)
				composite[next] = 1;
	}
	free(composite);
	napi_create_int64(env, found, &result);
	return result;
}

NAPI_MODULE_INIT()
{
	napi_value function;

	napi_create_function(env, "count", NAPI_AUTO_LENGTH, count, NULL, &function);
	napi_set_named_property(env, exports, "count", function);
	return exports;
}
