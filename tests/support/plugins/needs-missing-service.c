/* Requires a service under a name that no configuration provides. */
#include "minimal.h"

GANTRY_MANIFEST(
    MINIMAL_MANIFEST("needs-missing-service", "1",
                     ", \"requires\": [{\"name\": \"nowhere\", \"interface\": \"gantry.erp/1\"}]"));

static const gantry_plugin table = MINIMAL_TABLE(sizeof table, gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) { return &table; }
