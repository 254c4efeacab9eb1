// Ends the call of create() twice.
#include "hooks.hpp"

namespace mutants {
namespace {

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    const gantry_result done{sizeof done, 0, {"null", 4}, {nullptr, 0}, nullptr};
    host->complete(host, call, &done);
    return real(host, call, options);
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
