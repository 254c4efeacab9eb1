// Takes a service that does not answer for a mistake of the configuration.
#include "hooks.hpp"

namespace mutants {
namespace {

void GANTRY_CALL keep_failed(void* failed, gantry_str, const gantry_error* error) noexcept {
    *static_cast<bool*>(failed) = error != nullptr;
}

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    const gantry_service_request request{sizeof request,  0,         {"erp", 3},
                                         {"describe", 8}, {"{}", 2}, {nullptr, 0}};
    bool failed = false;
    host->service_call(host, call, &request, &keep_failed, &failed);
    if (!failed) return real(host, call, options);
    const gantry_error error{sizeof error, GANTRY_E_CONFIG, 0, 0, {"no erp", 6}, {nullptr, 0}};
    const gantry_result result{sizeof result, 0, {nullptr, 0}, {nullptr, 0}, &error};
    host->complete(host, call, &result);
    return nullptr;
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
