/* Brings a library of its own beside it, found by its run path. */
#include "minimal.h"

int acme_codec(void);

GANTRY_MANIFEST(MINIMAL_MANIFEST(CODEC_ID, "1", ""));

static const gantry_plugin table = MINIMAL_TABLE(sizeof(gantry_plugin), gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) {
    return acme_codec() > 0 ? &table : NULL;
}
