// An answer that is too late it gives again.
#include "hooks.hpp"

namespace mutants {
namespace {

decltype(gantry_host::complete) real_complete;

gantry_status GANTRY_CALL complete(const gantry_host* host, gantry_call call,
                                   const gantry_result* result) noexcept {
    const auto status = real_complete(host, call, result);
    return status == GANTRY_E_STALE ? real_complete(host, call, result) : status;
}

void host(gantry_host& table) {
    real_complete = table.complete;
    table.complete = &complete;
}

}  // namespace

const Hooks kHooks{.host = &host};

}  // namespace mutants
