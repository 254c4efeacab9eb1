/* Built for ABI major 2: another entry symbol, and a manifest that says so. */
#include "minimal.h"

GANTRY_MANIFEST(MINIMAL_MANIFEST("wrong-major", "2", ""));

static const gantry_plugin table = MINIMAL_TABLE(sizeof table, gantry_manifest_v1);

GANTRY_EXPORT const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v2(void);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v2(void) { return &table; }
