/* A plugin in C, built by one line with what pkg-config says: the step "plain" answers 1. */
#include <gantry/abi.h>

struct gantry_instance {
    const gantry_host* host;
};
static gantry_instance only;

static gantry_instance* create(const gantry_host* host, gantry_call call, gantry_str config) {
    static const gantry_result done = {sizeof done, 0, {"null", 4}, {NULL, 0}, NULL};
    (void)config;
    only.host = host;
    host->complete(host, call, &done);
    return &only;
}

static void invoke(gantry_instance* self, const gantry_invocation* in) {
    static const gantry_result one = {sizeof one, 0, {"1", 1}, {NULL, 0}, NULL};
    self->host->complete(self->host, in->call, &one);
}

static void nothing(gantry_instance* self) { (void)self; }

static const gantry_step plain = {sizeof plain, 0, {"plain", 5}, invoke, NULL};
static const gantry_step* const steps[] = {&plain, NULL};

GANTRY_MANIFEST(
    "{\"id\": \"plain\", \"version\": \"1.0.0\", \"abi\": {\"major\": 1},"
    " \"steps\": [{\"name\": \"plain\", \"effect\": \"none\"}]}");

static const gantry_plugin table = {sizeof table,
                                    GANTRY_ABI_MINOR,
                                    GANTRY_TARGET_MINOR,
                                    0,
                                    gantry_manifest_v1,
                                    steps,
                                    NULL,
                                    NULL,
                                    create,
                                    nothing,
                                    nothing,
                                    NULL,
                                    NULL,
                                    NULL};

const gantry_plugin* gantry_plugin_entry_v1(void) { return &table; }
