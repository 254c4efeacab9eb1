/* A valid table in a file without the section .gantry.manifest. */
#include "minimal.h"

static const gantry_plugin table =
    MINIMAL_TABLE(sizeof table, MINIMAL_MANIFEST("no-manifest", "1", ""));

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) { return &table; }
