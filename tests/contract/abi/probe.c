/* A library whose debug information holds every type of the ABI: what abidw writes down. */
#include <gantry/abi.h>
#include <gantry/http.h>
#include <gantry/skip.h>

GANTRY_MANIFEST("{}");

const gantry_plugin* gantry_plugin_entry_v1(void) { return NULL; }

/* The extensions, by their tables. */
GANTRY_EXPORT const gantry_http* gantry_probe_http_1(void);
const gantry_http* gantry_probe_http_1(void) { return NULL; }
GANTRY_EXPORT const gantry_skip* gantry_probe_skip_1(void);
const gantry_skip* gantry_probe_skip_1(void) { return NULL; }
