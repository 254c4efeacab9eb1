/* The smallest plugin in C: no steps, no service. Each broken plugin breaks one thing of it. */
#pragma once

#include <gantry/abi.h>

static gantry_instance* GANTRY_CALL create(const gantry_host* host, gantry_call call,
                                           gantry_str config) {
    static const gantry_result done = {sizeof done, 0, {"null", 4}, {NULL, 0}, NULL};
    static char instance;
    (void)config;
    host->complete(host, call, &done);
    return (gantry_instance*)&instance;
}

static void GANTRY_CALL stop(gantry_instance* self) { (void)self; }
static void GANTRY_CALL destroy(gantry_instance* self) { (void)self; }

static const gantry_step* const no_steps[] = {NULL};

#define MINIMAL_TABLE(size, manifest)                                                           \
    {                                                                                           \
        size, GANTRY_ABI_MINOR, GANTRY_TARGET_MINOR, 0, manifest, no_steps, NULL, NULL, create, \
            stop, destroy, NULL, NULL, NULL                                                     \
    }

#define MINIMAL_MANIFEST(id, major, more)                                        \
    "{\"id\": \"" id                                                             \
    "\", \"version\": \"1.0.0\", \"vendor\": \"Gantry\", \"license\": \"MIT\", " \
    "\"abi\": {\"major\": " major ", \"min_host_minor\": 0}" more "}"
