/* Needs a function that no library has. */
#include "minimal.h"

GANTRY_MANIFEST(MINIMAL_MANIFEST("unresolved-symbol", "1", ""));

extern int gantry_test_function_that_nobody_defines(void);

static const gantry_plugin table = MINIMAL_TABLE(sizeof table, gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) {
    return gantry_test_function_that_nobody_defines() == 0 ? &table : NULL;
}
