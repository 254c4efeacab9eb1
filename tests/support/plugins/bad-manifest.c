/* The manifest ends in the middle. */
#include "minimal.h"

GANTRY_MANIFEST("{\"id\": ");

static const gantry_plugin table = MINIMAL_TABLE(sizeof table, gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) { return &table; }
