/* Linked without a version script: a function of its own is seen from outside. */
#include "support/plugins/minimal.h"

GANTRY_MANIFEST(MINIMAL_MANIFEST("file-exports", "1", ""));

static const gantry_plugin table = MINIMAL_TABLE(sizeof(gantry_plugin), gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) { return &table; }

GANTRY_EXPORT int helper(void);
int helper(void) { return 0; }
