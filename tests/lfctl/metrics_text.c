// SPDX-License-Identifier: GPL-2.0
/* A reading as JSON on standard input becomes its metrics: metrics_text [--openmetrics] [NETNS] */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "../../lfctl/cmd/metrics.h"
#include "../../lfctl/lib/openmetrics.h"

int main(int argc, char **argv)
{
	struct om om = { .f = stdout };
	struct json_object *reading = json_object_from_fd(0);

	if (!reading)
		return 2;
	om.strict = argc > 1 && !strcmp(argv[1], "--openmetrics");
	om.netns = argc > 1 + om.strict ? argv[1 + om.strict] : NULL;
	metrics_write(&om, reading);
	json_object_put(reading);
	return 0;
}
