/* A function that no library has. */
#include "support/plugins/minimal.h"

GANTRY_MANIFEST(MINIMAL_MANIFEST("load-now", "1", ""));

extern int nobody_has_this(void);

static const gantry_plugin table = MINIMAL_TABLE(sizeof(gantry_plugin), gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) {
    return nobody_has_this() == 0 ? &table : NULL;
}
