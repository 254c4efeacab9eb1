/* The table says that it ends after its first two fields. */
#include "minimal.h"

GANTRY_MANIFEST(MINIMAL_MANIFEST("bad-table", "1", ""));

static const gantry_plugin table = MINIMAL_TABLE(8, gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) { return &table; }
