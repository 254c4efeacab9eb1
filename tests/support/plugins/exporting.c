/* Exports a function, and a variable that is one for the whole process. */
#include "minimal.h"

GANTRY_MANIFEST(MINIMAL_MANIFEST("exporting", "1", ""));

int acme_helper(void);
int acme_helper(void) { return 1; }

__asm__(
    ".pushsection .data.acme_once,\"aw\"\n"
    ".global acme_once\n"
    ".type acme_once, @gnu_unique_object\n"
    ".size acme_once, 4\n"
    "acme_once: .long 1\n"
    ".popsection\n");

static const gantry_plugin table = MINIMAL_TABLE(sizeof(gantry_plugin), gantry_manifest_v1);

const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) { return &table; }
