// Logs the options it was given.
#include "hooks.hpp"

namespace mutants {
namespace {

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    host->log(host, call, GANTRY_LOG_DEBUG, {"options", 7}, options);
    return real(host, call, options);
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
